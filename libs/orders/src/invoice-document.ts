import { goodsOf } from './line-quantities.ts';
import type { Address, OrderInvoice, LineQuantity, Order, OrderLine, Seller } from './order.ts';
import { publicOrder } from './public-order.ts';

/* Invoices and credit notes, made only of fields that never change once the document is issued. */

/** A quantity of one line item; `amount` = `quantity` × `unitPrice`. */
export interface DocumentLine extends Omit<OrderLine, 'tax'> {
  amount: number;
}

export interface Buyer {
  customerId: string;
  address: Address;
}

/** Money is integer minor units of `currency` (ISO 4217), instants are ISO 8601, UTC. */
interface SalesDocument {
  number: string;
  issuedAt: string;
  orderId: string;
  orderedAt: string;
  purchaseOrderNumber?: string;
  currency: string;
  seller: Seller;
  buyer: Buyer;
  lines: DocumentLine[];
  /** The sum of the lines' amounts. */
  goods: number;
  discount: number;
  net: number;
  /** VAT as an amount, the sum of all rates: orders have none. */
  tax: number;
  total: number;
}

/** `net` = `goods` − `discount` + `shipping`, `total` = `net` + `tax`. */
export interface InvoiceDocument extends SalesDocument {
  documentType: 'INVOICE';
  deliverTo: Address;
  shipping: number;
  /** The payment was captured before the order was accepted, hence the whole `total`. */
  paid: { provider: string; amount: number };
}

/** `net` = `goods` − `discount` + `shipping`, `total` = `net` + `tax`; shipping is only credited with a whole order. */
export interface CreditNoteDocument extends SalesDocument {
  documentType: 'CREDIT_NOTE';
  /** The invoice that it corrects. */
  invoiceNumber: string;
  shipping: number;
  /** Absent when the order, or the rest of it, was cancelled. */
  returnId?: string;
  /** The customer's reason for the return. */
  reason?: string;
}

/** The order's invoice; undefined until the order is confirmed. */
export function invoiceDocument(stored: Order): InvoiceDocument | undefined {
  const order = publicOrder(stored);
  const { invoice, shippingAddress, payment, discount, shipping, tax, total } = order;
  if (!invoice) return undefined;
  return {
    documentType: 'INVOICE',
    number: invoice.invoiceNumber,
    issuedAt: invoice.issuedAt,
    ...contextOf(order, invoice),
    deliverTo: shippingAddress,
    lines: linesOf(order, order.lineItems),
    goods: goodsOf(order, order.lineItems),
    discount,
    shipping,
    net: total - tax,
    tax,
    total,
    paid: { provider: payment.provider, amount: total },
  };
}

/** The order's credit note of this number, counted from `1`; undefined if there is none. */
export function creditNoteDocument(stored: Order, number: string): CreditNoteDocument | undefined {
  const order = publicOrder(stored);
  const { invoice, creditNotes, returns } = order;
  const note = creditNotes.find((_, index) => String(index + 1) === number);
  if (!invoice || !note) return undefined;
  const { goods, discount, shipping, tax, total } = note;
  const returned = returns.find(({ returnId }) => returnId === note.returnId);
  return {
    documentType: 'CREDIT_NOTE',
    number: note.creditNoteNumber,
    issuedAt: note.issuedAt,
    invoiceNumber: invoice.invoiceNumber,
    ...contextOf(order, invoice),
    ...(returned && { returnId: returned.returnId, reason: returned.reason }),
    lines: linesOf(order, returned?.items ?? order.cancelledItems ?? order.lineItems),
    goods,
    discount,
    shipping,
    net: total - tax,
    tax,
    total,
  };
}

type Context = Pick<SalesDocument, 'orderId' | 'orderedAt' | 'purchaseOrderNumber' | 'currency' | 'seller' | 'buyer'>;

function contextOf(order: Order, { seller }: OrderInvoice): Context {
  const { orderId, customerId, purchaseOrderNumber, currency, billingAddress, placedAt } = order;
  return {
    orderId,
    orderedAt: placedAt,
    ...(purchaseOrderNumber !== undefined && { purchaseOrderNumber }),
    currency,
    seller,
    buyer: { customerId, address: billingAddress },
  };
}

function linesOf({ lineItems }: Order, items: readonly LineQuantity[]): DocumentLine[] {
  return items.flatMap(({ lineNumber, quantity }) =>
    lineItems
      .filter((line) => line.lineNumber === lineNumber)
      .map(({ sku, name, unitPrice }) => ({
        lineNumber,
        sku,
        name,
        quantity,
        unitPrice,
        amount: quantity * unitPrice,
      })),
  );
}
