export { CHANGE_ORDER, CommandIds, PLACE_ORDER, RECORD_BATCH } from './commands.ts';
export { COMMAND_DEAD_LETTER_CODES, type CommandDeadLetterCode, DEAD_LETTER_ATTRIBUTES } from './dead-letter.ts';
export { allowedCommands, decideChange, earlierChangeBy, type Refusal, refusalOf } from './decide-change.ts';
export { aFreshOrder, EXAMPLE_ORDER, withFreshPayment } from './example-order.ts';
export {
  type CreditNoteDocument,
  creditNoteDocument,
  invoiceDocument,
  type InvoiceDocument,
} from './invoice-document.ts';
export { type ImportedOrder, importHashOf, importOrder, importedVersionOf, isUnpublished } from './import-order.ts';
export { dayOf, isTimeZone, readInstant } from './instant.ts';
export { asciiJson, fingerprintOf } from './json-text.ts';
export { isCountry, isCurrency, minorDigitsOf } from './iso-codes.ts';
export { priceOf, unshippedItems } from './line-quantities.ts';
export { OrderError, type OrderErrorCode } from './order-error.ts';
export {
  type EventOrigin,
  lastChange,
  ORDER_EVENT_SCHEMA_ID,
  type OrderEvent,
  orderEvent,
  type OrderEventData,
  orderEventSchemaId,
} from './order-event.ts';
export { isOrderId, OrderIds } from './order-id.ts';
export type { RefusalCode } from './command-effects.ts';
export {
  COMMAND_NAMES,
  type CommandName,
  ORDER_EVENT_NAMES,
  ORDER_EVENTS,
  ORDER_STATUSES,
  type OrderEventName,
  type OrderStatus,
  TRANSITIONS,
} from './order-lifecycle.ts';
export {
  isOpenReturn,
  isWorkList,
  mayListWork,
  OPEN_RETURNS,
  partitionNumberOf,
  partitionsOfLookup,
  partitionsOfWork,
  paymentClaimOf,
  WORK_LISTS,
  type WorkList,
} from './order-lists.ts';
export { type OrderVersion, orderVersions } from './order-versions.ts';
export {
  type Address,
  type Channel,
  CHANNELS,
  type HistoryEntry,
  type LineItem,
  type LineQuantity,
  type Order,
  ORDER_SOURCES,
  type OrderSummary,
  type Payment,
  RETURN_REQUEST_STATUSES,
  RETURN_STATUSES,
  type ReturnRequestStatus,
  type ReturnStatus,
  type StoredOrder,
} from './order.ts';
export { type PaymentClaim, placeOrder, type ShopRules } from './place-order.ts';
export { publicOrder } from './public-order.ts';
export { MAX_QUOTE_LENGTH, QUOTE_TYPE, quoteDifferences, quotedPartOf } from './quote.ts';
export { type Books, booksOf, differencesOf } from './reconciliation.ts';
export { eventMessageOf, recordedEntryOf, REPLAY_ID, replayMessageOf, traceparentOf } from './event-message.ts';
export {
  type Caller,
  CUSTOMER_ROLES,
  may,
  mayAtAll,
  type Permission,
  type Role,
  ROLES,
  SERVICE_ROLES,
  STAFF_ROLES,
  whyForbidden,
} from './roles.ts';
