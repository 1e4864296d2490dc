export { OrderBatchTable } from './order-batch-table.ts';
export { orderChangeOf, orderKeyOf, RELAY_CONSUMER_GROUP } from './stream-record.ts';
export type { OrderPage, OrderQuery } from './order-list.ts';
export { OrderTable, type Placement } from './order-table.ts';
export { type StoredClaim, PaymentClaimTable } from './payment-claim-table.ts';
export { TableWrites } from './table-writes.ts';
export { RefusedCommandTable, type RefusedCommand } from './refused-command-table.ts';
