import { eventConsumers, orderEventsTopic } from './event-topic.ts';
import { ordersQueue, relayDeadLetterQueue, type QueueDefinition } from './queues.ts';
import {
  commandOutcomesTable,
  operationsLogTable,
  orderBatchesTable,
  ordersTable,
  paymentClaimsTable,
  streamLeasesTable,
} from './tables.ts';

/** Returns the queue after its dead-letter queue: the order in which they can be created. */
function withDeadLetterQueue(queue: QueueDefinition): readonly QueueDefinition[] {
  return queue.redrive ? [queue.redrive.queue, queue] : [queue];
}

/** All cloud resources of the pipeline, in an order in which they can be created. */
export const cloudResources = {
  queues: [
    ...withDeadLetterQueue(ordersQueue),
    relayDeadLetterQueue,
    ...eventConsumers.flatMap(({ queue }) => withDeadLetterQueue(queue)),
  ],
  topic: orderEventsTopic,
  consumers: eventConsumers,
  tables: [
    ordersTable,
    paymentClaimsTable,
    commandOutcomesTable,
    orderBatchesTable,
    streamLeasesTable,
    operationsLogTable,
  ],
} as const;
