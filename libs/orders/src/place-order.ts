import { fingerprintOf } from './json-text.ts';
import { OrderIds } from './order-id.ts';
import { priceOf } from './line-quantities.ts';
import { lookupKeysOf, workOf } from './order-lists.ts';
import type { OrderInvoice, Seller, StoredOrder } from './order.ts';
import { type OrderEventName, statusAfter } from './order-lifecycle.ts';
import type { PlaceOrderCommand } from '#libs/order-requests';

/** The shop's settings for decisions. */
export interface ShopRules {
  /** By currency, in minor units: a wholesale customer's goods of this price or more, before discount, wait for an operator's approval. */
  wholesaleApprovalLimit: Readonly<Record<string, number>>;
  /** The seller on invoices. */
  seller: Seller;
}

/** Whether an order may use the payment that it names. One payment pays one order, ever: also if that is cancelled later. */
export type PaymentClaim = 'OWN' | 'TAKEN';

/** What the customer reads in the history of an order whose payment is TAKEN. */
const PAYMENT_TAKEN = 'the payment already pays another order';

/**
 * Decides what an order becomes: its version 1, confirmed, awaiting approval or rejected, with its first history entry.
 * @param now ISO 8601, UTC.
 */
export function placeOrder(
  command: PlaceOrderCommand,
  rules: ShopRules,
  now: string,
  claim: PaymentClaim = 'OWN',
): StoredOrder {
  const { request, orderId, customerId, placedBy = customerId, commandId, receivedAt, traceparent } = command;
  const event = claim === 'TAKEN' ? 'rejected' : eventOf(command, rules);
  const fingerprint = fingerprintOf(request);
  const orderKey = OrderIds.keyOf(orderId);
  const status = statusAfter(event, null, []);
  return {
    ...request,
    lineItems: request.lineItems.map((item, index) => ({ lineNumber: index + 1, ...item })),
    orderKey,
    orderId,
    customerId,
    status,
    version: 1,
    shipments: [],
    returns: [],
    returnStatus: 'NONE',
    creditNotes: [],
    ...(event === 'confirmed' && { invoice: newInvoice(orderId, rules.seller, now) }),
    ...workOf({ orderKey, status, returns: [] }),
    ...lookupKeysOf(orderKey, request),
    placedAt: receivedAt,
    updatedAt: now,
    fingerprint,
    history: [
      {
        version: 1,
        event,
        at: now,
        by: placedBy,
        commandId,
        fingerprint,
        ...(event === 'rejected' && { reason: PAYMENT_TAKEN }),
        traceparent,
      },
    ],
  };
}

function eventOf(command: PlaceOrderCommand, { wholesaleApprovalLimit }: ShopRules): OrderEventName {
  const { request, isWholesaleCustomer } = command;
  const isWholesale = isWholesaleCustomer || request.channel === 'WHOLESALE';
  // In a currency without a limit, every order of a wholesale customer waits.
  const limit = wholesaleApprovalLimit[request.currency] ?? 0;
  return isWholesale && priceOf(request.lineItems) >= limit ? 'awaiting_approval' : 'confirmed';
}

/** The invoice of an order that becomes confirmed now. */
export function newInvoice(orderId: string, seller: Seller, now: string): OrderInvoice {
  return { invoiceNumber: `INV-${orderId}`, issuedAt: now, seller };
}
