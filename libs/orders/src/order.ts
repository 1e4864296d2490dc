import type { Order } from '#libs/order-requests';
import type { OrderEventName, OrderStatus } from './order-lifecycle.ts';

/* The classes of libs/order-requests declare the fields of an order. This file has the values that fields can take, and what is stored besides. */
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

/** Where else than from the api an order comes from. */
export const ORDER_SOURCES = ['import'] as const;

export const RETURN_REQUEST_STATUSES = ['REQUESTED', 'APPROVED', 'DECLINED', 'RECEIVED', 'CLOSED'] as const;
export type ReturnRequestStatus = (typeof RETURN_REQUEST_STATUSES)[number];

/** How much of the order RECEIVED and CLOSED returns have brought back: none, some or all of its goods. */
export const RETURN_STATUSES = ['NONE', 'PARTIAL', 'RETURNED'] as const;
export type ReturnStatus = (typeof RETURN_STATUSES)[number];

/** One change of the order: one item version, one stream record, one event. */
export interface HistoryEntry {
  version: number;
  event: OrderEventName;
  /** ISO 8601, UTC. */
  at: string;
  /** Subject of the caller who requested the change. */
  by: string;
  commandId: string;
  /** The fingerprint of the command's content; the same `commandId` with another one is a misuse of the Idempotency-Key. */
  fingerprint: string;
  /** The shipment that the command named. */
  shipmentId?: string;
  /** The return that the command named. */
  returnId?: string;
  /** The caller's own words. */
  reason?: string;
  /** The status that an imported order came with. */
  status?: OrderStatus;
  /** The import of the order is not published. */
  unpublished?: true;
  /** W3C trace context of the request for the change. */
  traceparent: string;
}

/** An order as the table stores it, with the fields that only the service itself needs. */
export interface StoredOrder extends Order {
  /** The table's key: see `OrderIds.keyOf`. */
  orderKey: string;
  /** See `fingerprintOf`. */
  fingerprint: string;
  history: HistoryEntry[];
  /** See `workOf`. */
  work?: string;
  openReturns?: ReturnRequestStatus[];
  /** See `lookupKeysOf`. */
  purchaseOrderKey?: string;
  paymentKey?: string;
}

/** An order in a list. The lists of staff have all fields. */
export type OrderSummary = Pick<
  Order,
  'orderId' | 'status' | 'channel' | 'currency' | 'total' | 'version' | 'placedAt'
> &
  Partial<Pick<Order, 'customerId' | 'purchaseOrderNumber' | 'importedNumber'>> & { since?: string };
