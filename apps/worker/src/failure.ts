import { type CommandDeadLetterCode, OrderError, type OrderErrorCode } from '#libs/orders';

/** The transport leaves a message that was not handled in the queue, or dead-letters it. */
export type Disposition =
  { retry: true; delaySeconds: number } | { retry: false; code: CommandDeadLetterCode; detail: string };

/**
 * An error that is not an OrderError is a bug, or a command type that this version does not know yet. Five tries a minute
 * apart (by default) last longer than a rolling deployment of the version that knows it. Receives during an outage count
 * as tries, because SQS counts every receive.
 */
const MAX_UNEXPECTED_RECEIVES = 5;
/** The worker reads no cursor and refuses a conflict by itself, so an error about one is a bug. */
const DISPOSITIONS = {
  TABLE_UNAVAILABLE: 'RETRY',
  ORDER_NOT_PLACED: 'RETRY',
  MALFORMED_COMMAND: 'MALFORMED_COMMAND',
  IDEMPOTENCY_CONFLICT: 'POISON',
  ITEM_REFUSED: 'ITEM_REFUSED',
  MALFORMED_CURSOR: 'POISON',
} as const satisfies Record<OrderErrorCode, 'RETRY' | CommandDeadLetterCode>;

/** An outage retries forever, a final error dead-letters at once, an unexpected error dead-letters after a few tries. */
export function dispositionOf(error: unknown, receiveCount: number, unexpectedRetrySeconds: number): Disposition {
  const delaySeconds = retryDelaySeconds(receiveCount);
  if (error instanceof OrderError) {
    const code = DISPOSITIONS[error.code];
    return code === 'RETRY' ? { retry: true, delaySeconds } : { retry: false, code, detail: error.message };
  }
  if (receiveCount < MAX_UNEXPECTED_RECEIVES) {
    return { retry: true, delaySeconds: Math.max(unexpectedRetrySeconds, delaySeconds) };
  }
  return {
    retry: false,
    code: 'POISON',
    detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  };
}

const BASE_DELAY_SECONDS = 1;
/** With this maximum, 1,000 receives, after which SQS itself moves a message to the dead-letter queue, take over 2 days. */
const MAX_DELAY_SECONDS = 300;

/** Exponential back-off with equal jitter, in whole seconds; `random` in [0, 1). */
export function retryDelaySeconds(receiveCount: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MAX_DELAY_SECONDS, BASE_DELAY_SECONDS * 2 ** Math.min(receiveCount, 20));
  return Math.ceil(ceiling / 2 + (ceiling / 2) * random());
}
