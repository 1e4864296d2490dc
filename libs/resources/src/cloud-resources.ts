import { eventConsumers, orderEventsTopic } from './event-topic.ts';
import { ordersQueue, relayDeadLetterQueue, type QueueDefinition } from './queues.ts';
import {
  commandOutcomesTable,
  operationsLogTable,
  orderBatchesTable,
  ordersTable,
  streamLeasesTable,
} from './tables.ts';

/** A queue after its dead-letter queue, so that they can be created in this order. */
function withDeadLetterQueue(queue: QueueDefinition): readonly QueueDefinition[] {
  return queue.redrive ? [queue.redrive.queue, queue] : [queue];
}

/** Everything the service needs of the cloud, in an order in which it can be created. */
export const cloudResources = {
  queues: [
    ...withDeadLetterQueue(ordersQueue),
    relayDeadLetterQueue,
    ...eventConsumers.flatMap(({ queue }) => withDeadLetterQueue(queue)),
  ],
  topic: orderEventsTopic,
  consumers: eventConsumers,
  tables: [ordersTable, commandOutcomesTable, orderBatchesTable, streamLeasesTable, operationsLogTable],
} as const;
