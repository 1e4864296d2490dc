export { ChangeOrderCommand, parseChangeOrderCommand } from './change-order-command.ts';
export { CHANGE_REQUESTS, type ChangeRequest, EmptyRequest, ReasonRequest } from './change-request.ts';
export { eventSchemas } from './event-schemas.ts';
export { checkOrderRequest, orderRuleFaults } from './order-request-check.ts';
export { OrderRequest } from './order-request.ts';
export {
  closedObject,
  type JsonSchema,
  lineItemProperties,
  OPTIONAL_ORDER_PROPERTIES,
  orderIdSchema,
  orderProperties,
  sellerSchema,
} from './order-schema.ts';
export { parsePlaceOrderCommand, PlaceOrderCommand } from './place-order-command.ts';
export {
  BATCH_PART_ROWS,
  BatchRow,
  BatchTotals,
  MAX_BATCH_ROWS,
  parseRecordBatchCommand,
  RecordBatchCommand,
} from './record-batch-command.ts';
export { checkShape, type Fault, shortened } from './validation.ts';
