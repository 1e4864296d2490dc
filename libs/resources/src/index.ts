export { cloudResources } from './cloud-resources.ts';
export {
  eventConsumerNames,
  eventConsumers,
  orderEventsTopic,
  type EventConsumer,
  type EventConsumerName,
  type TopicDefinition,
} from './event-topic.ts';
export { ordersDeadLetterQueue, ordersQueue, relayDeadLetterQueue, type QueueDefinition } from './queues.ts';
export {
  commandOutcomesTable,
  operationsLogTable,
  orderBatchesTable,
  ordersTable,
  paymentClaimsTable,
  streamLeasesTable,
  type IndexDefinition,
  type KeyAttribute,
  type TableDefinition,
} from './tables.ts';
