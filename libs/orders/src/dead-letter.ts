import type { OrderErrorCode } from './order-error.ts';

/** The message attributes that the worker adds to a message when it moves it to the dead-letter queue. */
export const DEAD_LETTER_ATTRIBUTES = {
  /** The reason, for programs. */
  code: 'code',
  /** The reason, for people. */
  detail: 'detail',
  originalMessageId: 'originalMessageId',
  receiveCount: 'receiveCount',
  deadLetteredAt: 'deadLetteredAt',
  /** How often operators have redriven the message. The worker keeps it, so that the next operator sees it. */
  redriven: 'redriven',
} as const;

/** Why the worker dead-lettered a message. `POISON`: it failed again and again, unexpectedly. */
export type DeadLetterCode = OrderErrorCode | 'POISON';
