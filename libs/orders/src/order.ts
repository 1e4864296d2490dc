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

/** `unitPrice` in minor units of the order's currency. */
export interface LineItem {
  sku: string;
  name: string;
  quantity: number;
  unitPrice: number;
}

/** A line item of a placed order. `lineNumber` counts from 1, in the order in which the customer gave them. */
export interface OrderLine extends LineItem {
  lineNumber: number;
}

/** So many pieces of one line item. */
export interface LineQuantity {
  lineNumber: number;
  quantity: number;
}

/** A parcel; instants are ISO 8601, UTC. */
export interface Shipment {
  /** Counts the order's shipments, from `1`. */
  shipmentId: string;
  carrier: string;
  trackingNumber: string;
  items: LineQuantity[];
  shippedAt: string;
  /** Absent until it was delivered. */
  deliveredAt?: string;
}

export const RETURN_REQUEST_STATUSES = ['REQUESTED', 'APPROVED', 'DECLINED', 'RECEIVED', 'CLOSED'] as const;
export type ReturnRequestStatus = (typeof RETURN_REQUEST_STATUSES)[number];

/** Goods that the customer sends back, from the wish to do so to the credit note. */
export interface ReturnRequest {
  /** Counts the order's returns, from `1`. */
  returnId: string;
  status: ReturnRequestStatus;
  items: LineQuantity[];
  reason: string;
  requestedAt: string;
}

/** How much of the order has come back: RECEIVED or CLOSED returns of none, some or all of its goods. */
export const RETURN_STATUSES = ['NONE', 'PARTIAL', 'RETURNED'] as const;
export type ReturnStatus = (typeof RETURN_STATUSES)[number];

/** Who sells, as on an invoice. */
export interface Seller {
  name: string;
  /** As on an envelope, a line each. */
  address: string[];
  vatId: string;
}

/** Made when the order is confirmed, never changed. What it says beside this is in the order and does not change. */
export interface Invoice {
  invoiceNumber: string;
  issuedAt: string;
  seller: Seller;
}

/**
 * Made when a return is closed, or when an order that has an invoice is cancelled; never changed. Amounts in minor units:
 * `total` = `goods` − `discount` + `shipping` + `tax`.
 */
export interface CreditNote {
  creditNoteNumber: string;
  issuedAt: string;
  /** Absent when the whole order is credited, as it was cancelled. */
  returnId?: string;
  goods: number;
  /** The credited goods' share of the order's discount, and of its tax. */
  discount: number;
  /** Credited with the whole order alone. */
  shipping: number;
  tax: number;
  total: number;
}

/** `country` is ISO 3166-1 alpha-2. */
export interface Address {
  name: string;
  line1: string;
  line2?: string;
  city: string;
  region?: string;
  postalCode: string;
  country: string;
}

/** A reference to a payment that was captured before the order reached us; `amount` in minor units. */
export interface Payment {
  provider: string;
  reference: string;
  amount: number;
}

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
  /** The shipment or the return that the change was about: `orderVersions` can then tell which it was. */
  target?: string;
  /** In the caller's own words, where one was given. */
  reason?: string;
  /** W3C trace context of the request that asked for the change. */
  traceparent: string;
}

/** An order as customers and subscribers see it. Money is integer minor units of `currency` (ISO 4217). */
export interface Order {
  orderId: string;
  customerId: string;
  channel: Channel;
  status: OrderStatus;
  /** Counts the changes, from 1. */
  version: number;
  currency: string;
  lineItems: OrderLine[];
  discount: number;
  shipping: number;
  tax: number;
  total: number;
  shippingAddress: Address;
  billingAddress: Address;
  payment: Payment;
  purchaseOrderNumber?: string;
  shipments: Shipment[];
  returns: ReturnRequest[];
  returnStatus: ReturnStatus;
  /** Absent until the order is confirmed. */
  invoice?: Invoice;
  creditNotes: CreditNote[];
  /** When the api received the order; ISO 8601, UTC. */
  placedAt: string;
  /** When the last change was decided; ISO 8601, UTC. */
  updatedAt: string;
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
