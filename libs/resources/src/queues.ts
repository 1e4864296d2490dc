const DAY_SECONDS = 24 * 60 * 60;

/** The longest SQS keeps a message: 14 days. */
const RETENTION_SECONDS = 14 * DAY_SECONDS;
const VISIBILITY_TIMEOUT_SECONDS = 30;

/** A queue as it is in every environment; AWS puts a prefix before the name. */
export interface QueueDefinition {
  readonly name: string;
  /** A FIFO queue has the high-throughput settings: deduplication and limits count for each message group. */
  readonly fifo: boolean;
  /** How long a received message stays hidden, in seconds. */
  readonly visibilityTimeoutSeconds: number;
  /** How long an unread message is kept, in seconds. */
  readonly retentionSeconds: number;
  /** Where a message goes after this many receives without a delete. */
  readonly redrive?: { readonly queue: QueueDefinition; readonly maxReceiveCount: number };
}

const queueDefaults = {
  visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
  retentionSeconds: RETENTION_SECONDS,
} as const;

/** Commands the worker refused, could not read, or gave up on. */
export const ordersDeadLetterQueue: QueueDefinition = { ...queueDefaults, name: 'orders-dlq', fifo: false };

/**
 * Every change of an order, on its way to the worker. 1,000 receives, because an outage of the table makes a good
 * message come back often; the worker itself parks bad ones at once.
 */
export const ordersQueue: QueueDefinition = {
  ...queueDefaults,
  name: 'orders',
  fifo: false,
  redrive: { queue: ordersDeadLetterQueue, maxReceiveCount: 1_000 },
};

/** Stream records that the topic refuses, each with its reason, and the later records of the same orders behind them. */
export const relayDeadLetterQueue: QueueDefinition = { ...queueDefaults, name: 'stream-relay-dlq.fifo', fifo: true };

/** The FIFO queue of a consuming service, with its own dead-letter queue (a FIFO queue's must be FIFO too). */
export function consumerQueue(service: string): QueueDefinition {
  return {
    ...queueDefaults,
    name: `${service}.fifo`,
    fifo: true,
    redrive: { queue: { ...queueDefaults, name: `${service}-dlq.fifo`, fifo: true }, maxReceiveCount: 5 },
  };
}
