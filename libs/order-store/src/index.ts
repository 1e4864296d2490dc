export { OrderBatchTable } from './order-batch-table.ts';
export { orderChangeOf, orderKeyOf, RELAY_CONSUMER_GROUP } from './order-change.ts';
export { type OrderPage, type OrderQuery, OrderTable, type Placement } from './order-table.ts';
export { OutcomeTable, type RefusedCommand } from './outcome-table.ts';
