import { consumerQueue, type QueueDefinition } from './queues.ts';

/** Properties of a FIFO topic in every environment. */
export interface TopicDefinition {
  readonly name: string;
  readonly fifo: true;
  /** False: the publisher gives every message its deduplication id. */
  readonly contentBasedDeduplication: boolean;
  /** Whether deduplication and the rate limit apply to each message group, here each order, or to the whole topic. */
  readonly fifoThroughputScope: 'MessageGroup' | 'Topic';
}

/** The services that receive order events. A stage names those that it has. */
export const eventConsumerNames = ['inventory', 'fulfillment', 'accounting', 'merchant-webhooks'] as const;
export type EventConsumerName = (typeof eventConsumerNames)[number];

/** A service's subscription to the topic. */
export interface EventConsumer {
  readonly name: EventConsumerName;
  readonly queue: QueueDefinition;
  /** True: the queue holds the event itself, without the SNS envelope. */
  readonly rawMessageDelivery: boolean;
  /** SNS filter policy on the message attributes. Without one the service receives every event. */
  readonly filterPolicy?: Readonly<Record<string, readonly string[]>>;
  /** The codes with which the service itself moves messages to its dead-letter queue. */
  readonly deadLetterCodes?: readonly string[];
}

export const orderEventsTopic: TopicDefinition = {
  name: 'order-events.fifo',
  fifo: true,
  contentBasedDeduplication: false,
  fifoThroughputScope: 'MessageGroup',
};

/** Its queue allows 1,000 receives, the maximum of SQS: a message comes back for days while the endpoint of a merchant is down. */
const merchantWebhooks = {
  queue: consumerQueue('merchant-webhooks', 1_000),
  deadLetterCodes: ['NOT_DELIVERED', 'MALFORMED_EVENT', 'UNKNOWN_EVENT'],
};

export const eventConsumers: readonly EventConsumer[] = eventConsumerNames.map((name) => ({
  name,
  queue: consumerQueue(name),
  rawMessageDelivery: true,
  ...(name === 'merchant-webhooks' && merchantWebhooks),
}));
