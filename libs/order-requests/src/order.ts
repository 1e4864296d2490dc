import { IsIn, IsString, Length } from 'class-validator';
import {
  ORDER_SOURCES,
  ORDER_STATUSES,
  type OrderStatus,
  RETURN_REQUEST_STATUSES,
  RETURN_STATUSES,
  type ReturnRequestStatus,
  type ReturnStatus,
} from '#libs/orders';
import { FastChecked } from './fast-shape-check.ts';
import {
  Amount,
  Count,
  Description,
  Instant,
  ListOf,
  Nested,
  Optional,
  OrderId,
  PlainText,
  Reference,
  Text,
} from './field-rules.ts';
import { Address, LineItem, MAX_LINE_ITEMS, MAX_QUANTITY, OrderRequest } from './order-request.ts';

/* The fields that the service adds to an order; their schemas describe answers and events. Instants are ISO 8601, UTC. Requests are only checked against LineQuantity. */

/** An order cannot have more shipments, returns or credit notes: see MAX_VERSIONS of `decideChange`. */
const MAX_PARTS = 250;

/** A line item of a placed order, numbered in the order in which the customer gave them. */
export class OrderLine extends LineItem {
  @Count(MAX_LINE_ITEMS)
  @Description("counts the order's line items, from 1")
  lineNumber!: number;
}

/** A quantity of one line item. */
export class LineQuantity {
  @Count(MAX_LINE_ITEMS)
  @Description("the lineNumber of one of the order's lineItems")
  lineNumber!: number;

  @Count(MAX_QUANTITY)
  quantity!: number;
}

/** A parcel. */
export class Shipment {
  @Reference(20)
  @Description("counts the order's shipments, from 1")
  shipmentId!: string;

  @Text(100)
  carrier!: string;

  @Reference(100)
  trackingNumber!: string;

  @ListOf(() => LineQuantity, 1, MAX_LINE_ITEMS)
  items!: LineQuantity[];

  @Instant()
  shippedAt!: string;

  @Optional()
  @Instant()
  deliveredAt?: string;
}

/** Goods that the customer sends back, from the request to the credit note. */
export class ReturnRequest {
  @Reference(20)
  @Description("counts the order's returns, from 1")
  returnId!: string;

  @IsIn(RETURN_REQUEST_STATUSES)
  status!: ReturnRequestStatus;

  @ListOf(() => LineQuantity, 1, MAX_LINE_ITEMS)
  items!: LineQuantity[];

  @Text(500)
  reason!: string;

  @Instant()
  requestedAt!: string;
}

/** The seller on an invoice. */
export class Seller {
  @Text(2_048)
  name!: string;

  /** Lines of the address. */
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  address!: string[];

  @Text(2_048)
  vatId!: string;

  @Optional()
  @PlainText(64)
  @Description('an IANA name; the dates on the invoice and its credit notes are in it, or in UTC without it')
  timeZone?: string;
}

/** Created when the order is confirmed, and never changed. The invoice's other data are in the order and never change either. */
export class OrderInvoice {
  @Reference(64)
  invoiceNumber!: string;

  @Instant()
  issuedAt!: string;

  @Nested(() => Seller)
  seller!: Seller;
}

/**
 * Created when a return is closed, or when an order that has an invoice, or the rest of it, is cancelled; never changed.
 * `total` = `goods` − `discount` + `shipping` + `tax`.
 */
export class OrderCreditNote {
  @Reference(64)
  creditNoteNumber!: string;

  @Instant()
  issuedAt!: string;

  @Optional()
  @Reference(20)
  @Description('absent when the order, or the rest of it, was cancelled')
  returnId?: string;

  @Amount()
  goods!: number;

  /** The credited goods' share of the order's discount. */
  @Amount()
  discount!: number;

  /** Credited with the whole order only. */
  @Amount()
  shipping!: number;

  /** The credited goods' share of the order's tax. */
  @Amount()
  tax!: number;

  @Amount()
  total!: number;
}

/** An order as customers and subscribers see it. Money is integer minor units of `currency` (ISO 4217). */
@FastChecked
export class Order extends OrderRequest {
  @OrderId()
  orderId!: string;

  @PlainText(128)
  customerId!: string;

  @IsIn(ORDER_STATUSES)
  status!: OrderStatus;

  @Count()
  @Description("counts the order's changes, from 1")
  version!: number;

  /** TypeScript requires an initializer where a field overrides one of another type. */
  @ListOf(() => OrderLine, 1, MAX_LINE_ITEMS)
  override lineItems: OrderLine[] = [];

  @ListOf(() => Shipment, 0, MAX_PARTS)
  shipments!: Shipment[];

  @ListOf(() => ReturnRequest, 0, MAX_PARTS)
  returns!: ReturnRequest[];

  @Optional()
  @ListOf(() => LineQuantity, 1, MAX_LINE_ITEMS)
  @Description('the rest of a partly shipped order, if it was cancelled')
  cancelledItems?: LineQuantity[];

  /** How much of the order RECEIVED and CLOSED returns have brought back: none, some or all of its goods. */
  @IsIn(RETURN_STATUSES)
  returnStatus!: ReturnStatus;

  @Optional()
  @Nested(() => OrderInvoice)
  @Description('absent until the order is confirmed')
  invoice?: OrderInvoice;

  @ListOf(() => OrderCreditNote, 0, MAX_PARTS)
  creditNotes!: OrderCreditNote[];

  @Optional()
  @IsIn(ORDER_SOURCES)
  @Description('absent for an order that was placed here')
  source?: (typeof ORDER_SOURCES)[number];

  @Optional()
  @Text(64)
  @Description("an imported order's number in the system that it comes from")
  importedNumber?: string;

  /** When the api received the order, or when an imported order was placed. */
  @Instant()
  placedAt!: string;

  /** When the last change was decided. */
  @Instant()
  updatedAt!: string;
}

/** The classes of an order's parts, except its payment, which events leave out. */
export const ORDER_PARTS = [
  Address,
  OrderLine,
  LineQuantity,
  Shipment,
  ReturnRequest,
  Seller,
  OrderInvoice,
  OrderCreditNote,
] as const;
