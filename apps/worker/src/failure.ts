import { type DeadLetterCode, OrderError, type OrderErrorCode } from '#libs/orders';

/** What becomes of a message that was not handled. */
export type Disposition =
  { retry: true; delaySeconds: number } | { retry: false; code: DeadLetterCode; detail: string };

/**
 * A failure that is none of our known errors is a fault of ours, or a command that this version does not know yet. Five
 * tries a minute apart (by default) last longer than a rolling deployment that brings the version that does. Receives in
 * an outage count as tries, for SQS counts them all.
 */
const MAX_UNEXPECTED_RECEIVES = 5;
const TRANSIENT = new Set<OrderErrorCode>(['TABLE_UNAVAILABLE', 'ORDER_NOT_PLACED']);

/** An outage retries for ever, a refusal is parked at once, anything unexpected is parked after a few tries. */
export function dispositionOf(error: unknown, receiveCount: number, unexpectedRetrySeconds: number): Disposition {
  const delaySeconds = retryDelaySeconds(receiveCount);
  if (error instanceof OrderError) {
    return TRANSIENT.has(error.code)
      ? { retry: true, delaySeconds }
      : { retry: false, code: error.code, detail: error.message };
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
/** At most 5 min apart: 1,000 receives, after which SQS itself moves a message to the dead-letter queue, take over 2 days. */
const MAX_DELAY_SECONDS = 300;

/** Exponential back-off with equal jitter, in whole seconds; `random` in [0, 1). */
export function retryDelaySeconds(receiveCount: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MAX_DELAY_SECONDS, BASE_DELAY_SECONDS * 2 ** Math.min(receiveCount, 20));
  return Math.ceil(ceiling / 2 + (ceiling / 2) * random());
}
