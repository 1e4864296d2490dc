export { ChangeOrderCommand, MAX_EXPECTED_VERSIONS, parseChangeOrderCommand } from './change-order-command.ts';
export { CHANGE_REQUESTS, type ChangeRequest, EmptyRequest, ReasonRequest } from './change-request.ts';
export { bundledEventSchemas, eventSchemas, typeNameOf } from './event-schemas.ts';
export { checkOrderRequest, MAX_REQUEST_BYTES, orderRuleErrors, type SubmittedOrder } from './order-request-check.ts';
export { Address, LineItem, OrderRequest, OrderSubmission, Payment } from './order-request.ts';
export { fastCheckOf } from './fast-shape-check.ts';
export { classSchemas, closedObject, type JsonSchema, type ObjectSchema } from './json-schema.ts';
export {
  LineQuantity,
  Order,
  ORDER_PARTS,
  OrderCreditNote,
  OrderInvoice,
  OrderLine,
  ReturnRequest,
  Seller,
  Shipment,
} from './order.ts';
export { parsePlaceOrderCommand, PlaceOrderCommand } from './place-order-command.ts';
export {
  BATCH_PART_ROWS,
  BatchRow,
  BatchTotals,
  MAX_BATCH_ROWS,
  parseRecordBatchCommand,
  RecordBatchCommand,
} from './record-batch-command.ts';
export { type Checked, checkShape, shortened, type ValidationError } from './validation.ts';
