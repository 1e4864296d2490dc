export { OrderBatchTable } from './order-batch-table.ts';
export { orderChangeOf, orderKeyOf, RELAY_CONSUMER_GROUP } from './stream-record.ts';
export { type OrderPage, type OrderQuery, OrderTable, type Placement } from './order-table.ts';
export { RefusedCommandTable, type RefusedCommand } from './refused-command-table.ts';
