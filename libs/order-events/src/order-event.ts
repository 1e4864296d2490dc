// Written by npm run schemas, from libs/orders/schemas/bundled/order-event.v1.schema.json.

/**
 * OrderEvent as a whole: the CloudEvents 1.0 envelope and its data
 */
export interface OrderEvent {
  specversion: '1.0';
  /**
   * {orderId}:{version}
   */
  id: string;
  type: string;
  source: string;
  /**
   * the order id
   */
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  dataschema: string;
  /**
   * the order's version, padded with zeros
   */
  sequence: string;
  /**
   * the order id: events of one key are delivered in order
   */
  partitionkey: string;
  traceparent: string;
  /**
   * the id of the replay that published it again
   */
  replay?: string;
  data: OrderEventData;
}
export interface OrderEventData {
  order: Order;
  previousStatus:
    null | 'AWAITING_APPROVAL' | 'CONFIRMED' | 'IN_FULFILLMENT' | 'PARTIALLY_SHIPPED' | 'SHIPPED' | 'DELIVERED';
}
/**
 * An order, without payment details, as events have it
 */
export interface Order {
  orderId: string;
  customerId: string;
  status:
    | 'AWAITING_APPROVAL'
    | 'CONFIRMED'
    | 'REJECTED'
    | 'CANCELLED'
    | 'IN_FULFILLMENT'
    | 'PARTIALLY_SHIPPED'
    | 'SHIPPED'
    | 'DELIVERED';
  /**
   * counts the order's changes, from 1
   */
  version: number;
  /**
   * @minItems 1
   */
  lineItems: OrderLine[];
  /**
   * @minItems 0
   */
  shipments: Shipment[];
  /**
   * @minItems 0
   */
  returns: ReturnRequest[];
  returnStatus: 'NONE' | 'PARTIAL' | 'RETURNED';
  invoice?: OrderInvoice;
  /**
   * @minItems 0
   */
  creditNotes: OrderCreditNote[];
  placedAt: string;
  updatedAt: string;
  channel: 'RETAIL' | 'WHOLESALE';
  /**
   * ISO 4217
   */
  currency: string;
  /**
   * minor units of the order's currency
   */
  discount: number;
  /**
   * minor units of the order's currency
   */
  shipping: number;
  /**
   * minor units of the order's currency
   */
  tax: number;
  /**
   * minor units of the order's currency
   */
  total: number;
  shippingAddress: Address;
  billingAddress: Address;
  purchaseOrderNumber?: string;
}
export interface OrderLine {
  /**
   * counts the order's line items, from 1
   */
  lineNumber: number;
  sku: string;
  name: string;
  quantity: number;
  /**
   * minor units of the order's currency
   */
  unitPrice: number;
}
export interface Shipment {
  /**
   * counts the order's shipments, from 1
   */
  shipmentId: string;
  carrier: string;
  trackingNumber: string;
  /**
   * @minItems 1
   */
  items: LineQuantity[];
  shippedAt: string;
  deliveredAt?: string;
}
export interface LineQuantity {
  lineNumber: number;
  quantity: number;
}
export interface ReturnRequest {
  /**
   * counts the order's returns, from 1
   */
  returnId: string;
  status: 'REQUESTED' | 'APPROVED' | 'DECLINED' | 'RECEIVED' | 'CLOSED';
  /**
   * @minItems 1
   */
  items: LineQuantity[];
  reason: string;
  requestedAt: string;
}
/**
 * absent until the order is confirmed
 */
export interface OrderInvoice {
  invoiceNumber: string;
  issuedAt: string;
  seller: Seller;
}
export interface Seller {
  name: string;
  address: string[];
  vatId: string;
}
export interface OrderCreditNote {
  creditNoteNumber: string;
  issuedAt: string;
  /**
   * absent when the order was cancelled
   */
  returnId?: string;
  /**
   * minor units of the order's currency
   */
  goods: number;
  /**
   * minor units of the order's currency
   */
  discount: number;
  /**
   * minor units of the order's currency
   */
  shipping: number;
  /**
   * minor units of the order's currency
   */
  tax: number;
  /**
   * minor units of the order's currency
   */
  total: number;
}
export interface Address {
  name: string;
  line1: string;
  line2?: string;
  city: string;
  region?: string;
  postalCode: string;
  /**
   * ISO 3166-1 alpha-2
   */
  country: string;
}
