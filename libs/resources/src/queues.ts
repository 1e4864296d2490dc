const DAY_SECONDS = 24 * 60 * 60;

/** The longest time that SQS keeps a message: 14 days. */
const RETENTION_SECONDS = 14 * DAY_SECONDS;
const VISIBILITY_TIMEOUT_SECONDS = 30;

/** Properties of a queue in every environment; on AWS its name has a prefix. */
export interface QueueDefinition {
  readonly name: string;
  /** A FIFO queue has the high-throughput settings: deduplication and limits apply to each message group. */
  readonly fifo: boolean;
  /** How long a received message stays hidden, in seconds. */
  readonly visibilityTimeoutSeconds: number;
  /** How long an unread message is kept, in seconds. */
  readonly retentionSeconds: number;
  /** Dead-letter queue, to which SQS moves a message after this many receives without a delete. */
  readonly redrive?: { readonly queue: QueueDefinition; readonly maxReceiveCount: number };
}

const queueDefaults = {
  visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
  retentionSeconds: RETENTION_SECONDS,
} as const;

/** Holds malformed messages, items that the table refuses, and messages that failed repeatedly. */
export const ordersDeadLetterQueue: QueueDefinition = { ...queueDefaults, name: 'orders-dlq', fifo: false };

/**
 * Holds every command until the worker has stored it. It allows 1,000 receives, because a good message comes back often
 * during an outage of the table; the worker itself dead-letters bad ones at once.
 */
export const ordersQueue: QueueDefinition = {
  ...queueDefaults,
  name: 'orders',
  fifo: false,
  redrive: { queue: ordersDeadLetterQueue, maxReceiveCount: 1_000 },
};

/** Holds the stream records that the topic refuses, each with its reason, and the later records of the same orders behind them. */
export const relayDeadLetterQueue: QueueDefinition = { ...queueDefaults, name: 'stream-relay-dlq.fifo', fifo: true };

/** Returns the FIFO queue of a consuming service with its dead-letter queue, which must be FIFO, too. */
export function consumerQueue(service: string, maxReceiveCount = 5): QueueDefinition {
  return {
    ...queueDefaults,
    name: `${service}.fifo`,
    fifo: true,
    redrive: { queue: { ...queueDefaults, name: `${service}-dlq.fifo`, fifo: true }, maxReceiveCount },
  };
}
