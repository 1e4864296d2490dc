import type { Order } from '#libs/order-requests';

/* The classes of libs/order-requests declare the fields of an order; here are their values, and what is stored beside them. */
export type {
  Address,
  LineItem,
  LineQuantity,
  Order,
  OrderCreditNote,
  OrderInvoice,
  OrderLine,
  Payment,
  ReturnRequest,
  Seller,
  Shipment,
} from '#libs/order-requests';

/** Where an order comes from; a wholesale order needs a purchase order number. */
export const CHANNELS = ['RETAIL', 'WHOLESALE'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Set by the worker alone. An order without a stored status is `PENDING` to its customer. */
export const ORDER_STATUSES = [
  'AWAITING_APPROVAL',
  'CONFIRMED',
  'REJECTED',
  'CANCELLED',
  'IN_FULFILLMENT',
  'PARTIALLY_SHIPPED',
  'SHIPPED',
  'DELIVERED',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** What happened to an order, as named in the types of its events. */
export const ORDER_EVENT_NAMES = [
  'awaiting_approval',
  'confirmed',
  'rejected',
  'cancelled',
  'fulfillment_started',
  'partially_shipped',
  'shipped',
  'shipment_delivered',
  'delivered',
  'return_requested',
  'return_approved',
  'return_declined',
  'return_received',
  'return_closed',
] as const;
export type OrderEventName = (typeof ORDER_EVENT_NAMES)[number];

export const RETURN_REQUEST_STATUSES = ['REQUESTED', 'APPROVED', 'DECLINED', 'RECEIVED', 'CLOSED'] as const;
export type ReturnRequestStatus = (typeof RETURN_REQUEST_STATUSES)[number];

/** How much of the order has come back: RECEIVED or CLOSED returns of none, some or all of its goods. */
export const RETURN_STATUSES = ['NONE', 'PARTIAL', 'RETURNED'] as const;
export type ReturnStatus = (typeof RETURN_STATUSES)[number];

/** One change of the order: one item version, one stream record, one event. */
export interface HistoryEntry {
  version: number;
  event: OrderEventName;
  /** ISO 8601, UTC. */
  at: string;
  /** Subject of the caller who asked for the change. */
  by: string;
  commandId: string;
  /** Of the command's content; the same `commandId` with another is a misuse of its Idempotency-Key. */
  fingerprint: string;
  /** The shipment that the command named. */
  shipmentId?: string;
  /** The return that the command named. */
  returnId?: string;
  /** In the caller's own words, where one was given. */
  reason?: string;
  /** W3C trace context of the request that asked for the change. */
  traceparent: string;
}

/** An order with what only the service itself needs: how it is found, recognised and told. */
export interface StoredOrder extends Order {
  /** The table's key: see `OrderIds.keyOf`. */
  orderKey: string;
  /** See `fingerprintOf`. */
  fingerprint: string;
  history: HistoryEntry[];
  /** Present while the order awaits approval: the key of the index that lists those. */
  approvalQueue?: typeof APPROVAL_QUEUE;
}

export const APPROVAL_QUEUE = 'AWAITING_APPROVAL';

/** What a list of orders shows of each. */
export type OrderSummary = Pick<
  Order,
  'orderId' | 'status' | 'channel' | 'currency' | 'total' | 'version' | 'placedAt'
>;

/** Leaves out what only the service itself needs. */
export function publicOrder({
  orderKey: _key,
  fingerprint: _fingerprint,
  history: _history,
  approvalQueue: _queue,
  ...order
}: StoredOrder): Order {
  return order;
}
