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

/** The services that receive order events. */
export const eventConsumerNames = ['inventory', 'fulfillment', 'accounting'] as const;
export type EventConsumerName = (typeof eventConsumerNames)[number];

/** A service's subscription to the topic. */
export interface EventConsumer {
  readonly name: EventConsumerName;
  readonly queue: QueueDefinition;
  /** True: the queue holds the event itself, without the SNS envelope. */
  readonly rawMessageDelivery: boolean;
  /** SNS filter policy on the message attributes. Without one the service receives every event. */
  readonly filterPolicy?: Readonly<Record<string, readonly string[]>>;
}

export const orderEventsTopic: TopicDefinition = {
  name: 'order-events.fifo',
  fifo: true,
  contentBasedDeduplication: false,
  fifoThroughputScope: 'MessageGroup',
};

export const eventConsumers: readonly EventConsumer[] = eventConsumerNames.map((name) => ({
  name,
  queue: consumerQueue(name),
  rawMessageDelivery: true,
}));
