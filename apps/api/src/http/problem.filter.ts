import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OrderError, type OrderErrorCode } from '#libs/orders';
import type { Logger } from '#libs/service';
import { LOGGER } from '../logger.ts';
import { Problem, type ProblemKind, unavailable } from './problem.ts';

/** Answers every failure of a request as problem+json. The only place that turns errors into statuses. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = problemOf(error, request);
    if (problem.status >= 500) this.logger.error({ err: error, traceId: request.traceId }, 'request_failed');
    void reply
      .status(problem.status)
      .headers({ ...problem.headers, 'content-type': 'application/problem+json; charset=utf-8' })
      .send(JSON.stringify(problem.details(request.url)));
  }
}

function problemOf(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof OrderError) return PROBLEM_OF_ORDER_ERROR[error.code](error);
  const status = frameworkStatus(error);
  const kind = PROBLEM_OF_FRAMEWORK_STATUS[status];
  if (status === 404)
    return new Problem('not-found', `${request.method} ${request.url.split('?')[0]} is not served here`);
  if (kind) return new Problem(kind.kind, kind.detail, { cause: error });
  return new Problem('internal', 'the request failed; the log has the reason under its trace id', { cause: error });
}

/** Our own code throws problems; these statuses come from Fastify alone, before a handler. */
const PROBLEM_OF_FRAMEWORK_STATUS: Record<number, { kind: ProblemKind; detail: string } | undefined> = {
  400: { kind: 'invalid-request', detail: 'the body can not be read: it must be JSON with no field named __proto__' },
  413: { kind: 'too-large', detail: 'the body is over 256 KB' },
  415: { kind: 'unsupported-media-type', detail: 'expected content-type application/json' },
};

const PROBLEM_OF_ORDER_ERROR: Record<OrderErrorCode, (error: OrderError) => Problem> = {
  TABLE_UNAVAILABLE: (cause) => unavailable('orders can not be read just now', cause),
  IDEMPOTENCY_CONFLICT: (cause) => new Problem('idempotency-conflict', cause.message, { cause }),
  MALFORMED_CURSOR: (cause) =>
    new Problem('invalid-request', 'the query is invalid', {
      cause,
      errors: [{ pointer: '/cursor', detail: cause.message }],
    }),
  MALFORMED_COMMAND: (cause) => new Problem('internal', 'the order could not be passed on', { cause }),
  ITEM_REFUSED: (cause) => new Problem('internal', 'the order could not be passed on', { cause }),
};

/** Nest wraps some of Fastify's errors and not others; both carry a status. */
function frameworkStatus(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return (error as { statusCode?: number }).statusCode ?? 500;
}
