// Written by npm run schemas, from libs/orders/schemas/bundled/order-event.v1.schema.json.

/**
 * OrderEvent as a whole: the CloudEvents 1.0 envelope and its data
 */
export interface OrderEvent {
  /**
   * the version of CloudEvents
   */
  specversion: '1.0';
  /**
   * {orderId}:{version}: the same event always has the same id
   */
  id: string;
  /**
   * {prefix}.order.{event}.v1; the prefix is the deployment's
   */
  type: string;
  /**
   * the deployment
   */
  source: string;
  /**
   * the order id
   */
  subject: string;
  /**
   * when the change was decided
   */
  time: string;
  /**
   * the format of data
   */
  datacontenttype: 'application/json';
  /**
   * the id of the JSON Schema of data
   */
  dataschema: string;
  /**
   * the order's version, from 1 on, with leading zeros, so it also compares as text: apply an event only if it is newer
   */
  sequence: string;
  /**
   * the order id: events of one key are first delivered in order
   */
  partitionkey: string;
  /**
   * W3C trace context of the request for the change: continue it in your own spans and logs
   */
  traceparent: string;
  /**
   * only in an event that is published again: the id of that replay
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
  /**
   * the rest of a partly shipped order, if it was cancelled
   *
   * @minItems 1
   */
  cancelledItems?: LineQuantity[];
  returnStatus: 'NONE' | 'PARTIAL' | 'RETURNED';
  invoice?: OrderInvoice;
  /**
   * @minItems 0
   */
  creditNotes: OrderCreditNote[];
  /**
   * absent for an order that was placed here
   */
  source?: 'import';
  /**
   * an imported order's number in the system that it comes from
   */
  importedNumber?: string;
  placedAt: string;
  updatedAt: string;
  channel: 'RETAIL' | 'WHOLESALE';
  /**
   * ISO 4217
   */
  currency: string;
  /**
   * at most the price of the goods, in minor units of the order's currency
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
   * the shipping's part of the tax, in minor units; without it, a share by price, or 0 if line items have a tax
   */
  shippingTax?: number;
  /**
   * the sum of quantity × unitPrice of all line items − discount + shipping + tax, in minor units of the order's currency
   */
  total: number;
  shippingAddress: Address;
  billingAddress: Address;
  /**
   * required for a WHOLESALE order, refused for a RETAIL order
   */
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
  /**
   * the line's part of the order's tax, in minor units; all line items have it or none
   */
  tax?: number;
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
  /**
   * the lineNumber of one of the order's lineItems
   */
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
  /**
   * an IANA name; the dates on the invoice and its credit notes are in it, or in UTC without it
   */
  timeZone?: string;
}
export interface OrderCreditNote {
  creditNoteNumber: string;
  issuedAt: string;
  /**
   * absent when the order, or the rest of it, was cancelled
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
  /**
   * required where the country has postal codes
   */
  postalCode?: string;
  /**
   * ISO 3166-1 alpha-2
   */
  country: string;
}
