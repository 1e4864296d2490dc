/** Where an order comes from; a wholesale order needs a purchase order number. */
export type Channel = 'RETAIL' | 'WHOLESALE';

/** Set by the worker alone. An order without a stored status is `PENDING` to its customer. */
export type OrderStatus = 'CONFIRMED' | 'AWAITING_APPROVAL';

/** What happened to an order, as named in the types of its events. */
export type OrderEventName = 'confirmed' | 'awaiting_approval';

/** `unitPrice` in minor units of the order's currency. */
export interface LineItem {
  sku: string;
  name: string;
  quantity: number;
  unitPrice: number;
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
  lineItems: LineItem[];
  discount: number;
  shipping: number;
  tax: number;
  total: number;
  shippingAddress: Address;
  billingAddress: Address;
  payment: Payment;
  purchaseOrderNumber?: string;
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
}

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
  ...order
}: StoredOrder): Order {
  return order;
}
