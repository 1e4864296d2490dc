import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BatcherError } from '#libs/batching';
import { OrderError, type OrderErrorCode } from '#libs/orders';
import type { Logger } from '#libs/service';
import { EXPECTED_TYPE } from './json-body.ts';
import { Problem, type ProblemKind, unavailable } from './problem.ts';
import { ANONYMOUS } from './anonymous-requests.ts';
import type { Starts } from './turns.ts';

/** Answers every failure of a request as problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly starts: Starts,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = problemOf(error, request);
    // A client that disconnects during its request is not a failure of the api.
    if (problem.status >= 500 && !request.raw.destroyed)
      this.logger.error({ err: error, traceId: request.traceId }, 'request_failed');
    request.problemKind = problem.kind;
    // The others have waited: those of known callers in the rate limit guard, those without a token before everything.
    const hasInvalidToken = !request.caller && request.headers.authorization !== undefined;
    if (hasInvalidToken) await this.starts.next(ANONYMOUS).catch(() => undefined);
    void reply
      .status(problem.status)
      .headers({ ...problem.headers, 'content-type': 'application/problem+json; charset=utf-8' })
      .send(JSON.stringify(problem.details(request.url)));
  }
}

function problemOf(error: unknown, request: FastifyRequest): Problem {
  // This code throws problems. A bare 404 comes from the router, a 403 from the static files of `/docs`.
  if (error instanceof Problem || ![403, 404].includes(frameworkStatus(error))) return problemOfError(error);
  return new Problem('not-found', `${request.method} ${request.url.split('?')[0]} is not served here`);
}

/** Turns an error into a problem; the only place that does. */
export function problemOfError(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof OrderError) return PROBLEM_OF_ORDER_ERROR[error.code](error);
  if (error instanceof BatcherError) {
    return unavailable('too many requests are waiting; this one was not accepted: send it again', error);
  }
  const kind = PROBLEM_OF_FRAMEWORK_STATUS[frameworkStatus(error)];
  if (kind) return new Problem(kind.kind, kind.detail, { cause: error });
  return new Problem('internal', 'the request failed; the log has the reason under its trace id', { cause: error });
}

/** These statuses come only from Fastify, before a handler runs. */
const PROBLEM_OF_FRAMEWORK_STATUS: Record<number, { kind: ProblemKind; detail: string } | undefined> = {
  400: { kind: 'invalid-request', detail: 'the body cannot be read' },
  413: { kind: 'too-large', detail: 'the body is over 256 KB' },
  415: { kind: 'unsupported-media-type', detail: EXPECTED_TYPE },
};

const PROBLEM_OF_ORDER_ERROR: Record<OrderErrorCode, (error: OrderError) => Problem> = {
  TABLE_UNAVAILABLE: (cause) => unavailable('orders cannot be read now', cause),
  IDEMPOTENCY_CONFLICT: (cause) => new Problem('idempotency-conflict', cause.message, { cause }),
  MALFORMED_CURSOR: (cause) =>
    new Problem('invalid-request', 'the query is invalid', {
      cause,
      errors: [{ pointer: '/cursor', detail: cause.message }],
    }),
  MALFORMED_COMMAND: (cause) => new Problem('internal', 'the order could not be passed on', { cause }),
  ORDER_NOT_PLACED: (cause) => unavailable('the order is not stored yet', cause),
  ITEM_REFUSED: (cause) => new Problem('internal', 'the order could not be passed on', { cause }),
};

/** Nest wraps some of Fastify's errors and not others; both carry a status. */
function frameworkStatus(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return (error as { statusCode?: number }).statusCode ?? 500;
}
