/**
 * The message attributes that the worker adds to a message when it moves it to the dead-letter queue. They are here because
 * the tools of operators read them in plain Node, which cannot load the decorated messages of order-requests.
 */
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

/** Why the worker dead-letters a message. `POISON`: it failed again and again, unexpectedly. */
export const COMMAND_DEAD_LETTER_CODES = ['MALFORMED_COMMAND', 'ITEM_REFUSED', 'POISON'] as const;
export type CommandDeadLetterCode = (typeof COMMAND_DEAD_LETTER_CODES)[number];
