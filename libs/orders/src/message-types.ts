import type { OrderErrorCode } from './order-error.ts';

/** The `type` of the message that asks the worker to place an order; also the pattern of its handler. */
export const PLACE_ORDER = 'order.place.v1';

/** The `type` of the message that asks the worker to change an order; also the pattern of its handler. */
export const CHANGE_ORDER = 'order.change.v1';

/** The `type` of the message that asks the worker to keep what became of rows of a batch; also its handler's pattern. */
export const RECORD_BATCH = 'order-batch.record.v1';

/** The message attributes that the worker adds to a message when it moves it to the dead-letter queue. */
export const DEAD_LETTER_ATTRIBUTES = {
  /** Why, for programs. */
  code: 'code',
  /** Why, for people. */
  detail: 'detail',
  originalMessageId: 'originalMessageId',
  receiveCount: 'receiveCount',
  parkedAt: 'parkedAt',
  /** How often an operator has redriven the message. The worker keeps it, so that the next operator sees it. */
  redriven: 'redriven',
} as const;

/** Why the worker moved a message to the dead-letter queue. `POISON`: it failed on it again and again, unexpectedly. */
export type DeadLetterCode = OrderErrorCode | 'POISON';
