import { HttpException } from '@nestjs/common';
import { BatcherError } from '#libs/batching';
import { OrderError, type OrderErrorCode } from '#libs/orders';
import { NotAcknowledgedError } from '../orders/orders-queue.ts';
import { Problem, type ProblemKind, unavailable } from './problem.ts';

/** What a caller is told of an error: the only place that turns errors into problems. */
export function problemOfError(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof OrderError) return PROBLEM_OF_ORDER_ERROR[error.code](error);
  if (error instanceof BatcherError) {
    return unavailable('too many requests are waiting; this one was not taken: send it again', error);
  }
  if (error instanceof NotAcknowledgedError) {
    return unavailable('the request was not acknowledged in time; send it again with the same Idempotency-Key', error);
  }
  const kind = PROBLEM_OF_FRAMEWORK_STATUS[frameworkStatus(error)];
  if (kind) return new Problem(kind.kind, kind.detail, { cause: error });
  return new Problem('internal', 'the request failed; the log has the reason under its trace id', { cause: error });
}

/** Our own code throws problems; these statuses come from Fastify alone, before a handler. */
const PROBLEM_OF_FRAMEWORK_STATUS: Record<number, { kind: ProblemKind; detail: string } | undefined> = {
  400: { kind: 'invalid-request', detail: 'the body can not be read: it must be JSON with no field named __proto__' },
  413: { kind: 'too-large', detail: 'the body is over 256 KB' },
  415: {
    kind: 'unsupported-media-type',
    detail: 'expected content-type application/json; for a batch, application/x-ndjson will do as well',
  },
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
  ORDER_NOT_PLACED: (cause) => unavailable('the order is not there yet', cause),
  ITEM_REFUSED: (cause) => new Problem('internal', 'the order could not be passed on', { cause }),
};

/** Nest wraps some of Fastify's errors and not others; both carry a status. */
export function frameworkStatus(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return (error as { statusCode?: number }).statusCode ?? 500;
}
