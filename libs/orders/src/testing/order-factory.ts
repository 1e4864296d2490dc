import { randomBytes } from 'node:crypto';
import { OrderIds } from '../order-id.ts';
import { PLACE_ORDER, type PlaceOrderCommand } from '../place-order-command.ts';
import type { OrderRequest } from '../order-request.ts';

const ADDRESS = { name: 'Ada Byron', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' };

export const orderIds = new OrderIds(['order-factory-signing-key-0123456789abcdef']);

/** A valid retail request of 30.88 EUR, changed as the test needs it. */
export function anOrderRequest(changes: Partial<OrderRequest> = {}): OrderRequest {
  return {
    channel: 'RETAIL',
    currency: 'EUR',
    lineItems: [{ sku: 'CLN-GLASS-750', name: 'Glass cleaner 750 ml', quantity: 2, unitPrice: 1299 }],
    discount: 0,
    shipping: 490,
    tax: 0,
    total: 3088,
    shippingAddress: { ...ADDRESS },
    billingAddress: { ...ADDRESS },
    payment: { provider: 'stripe', reference: 'pi_3Nx', amount: 3088 },
    ...changes,
  };
}

/** A valid wholesale request of that total. */
export function aWholesaleRequest(total: number): OrderRequest {
  return anOrderRequest({
    channel: 'WHOLESALE',
    purchaseOrderNumber: 'PO-77',
    lineItems: [{ sku: 'CLN-BULK', name: 'Bulk', quantity: 1, unitPrice: total }],
    shipping: 0,
    total,
    payment: { provider: 'invoice', reference: 'inv-1', amount: total },
  });
}

/** A command to place an order of its own, changed as the test needs it. */
export function aPlaceOrderCommand(changes: Partial<PlaceOrderCommand> = {}): PlaceOrderCommand {
  const customerId = changes.customerId ?? 'cust-1';
  const orderId = changes.orderId ?? orderIds.issue(customerId, randomBytes(8).toString('hex'));
  return {
    type: PLACE_ORDER,
    commandId: orderId,
    orderId,
    customerId,
    receivedAt: '2026-01-02T03:04:05.678Z',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    request: anOrderRequest(),
    ...changes,
  };
}
