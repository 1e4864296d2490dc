import { randomBytes, randomUUID } from 'node:crypto';
import { aFreshOrder } from '../example-order.ts';
import type { ImportedOrder } from '../import-order.ts';
import { OrderIds } from '../order-id.ts';
import type { PlaceOrderCommand, OrderRequest } from '#libs/order-requests';
import { PLACE_ORDER } from '../commands.ts';
import type { ShopRules } from '../place-order.ts';

export const orderIds = new OrderIds(['order-factory-signing-key-0123456789abcdef']);

/** A valid retail request of 30.88 EUR with a payment of its own, changed as the test needs it. */
export function anOrderRequest(changes: Partial<OrderRequest> = {}): OrderRequest {
  return { ...structuredClone(aFreshOrder()), ...changes };
}

/** A valid wholesale request of that total with a payment of its own. */
export function aWholesaleRequest(total: number): OrderRequest {
  return anOrderRequest({
    channel: 'WHOLESALE',
    purchaseOrderNumber: 'PO-77',
    lineItems: [{ sku: 'CLN-BULK', name: 'Bulk', quantity: 1, unitPrice: total }],
    shipping: 0,
    total,
    payment: { provider: 'invoice', reference: `inv-${randomUUID()}`, amount: total },
  });
}

/** An order of another system, on its way to its customer, changed as the test needs it. */
export function anImportedOrder(changes: Partial<ImportedOrder> = {}): ImportedOrder {
  return {
    ...anOrderRequest(),
    importedNumber: '2019-0042',
    customerId: 'cust-1',
    status: 'SHIPPED',
    placedAt: '2019-05-06T07:08:09.000Z',
    updatedAt: '2019-05-07T08:09:10.000Z',
    shipments: [
      {
        shipmentId: '1',
        carrier: 'DHL',
        trackingNumber: 'JD0146',
        items: [{ lineNumber: 1, quantity: 2 }],
        shippedAt: '2019-05-07T08:09:10.000Z',
      },
    ],
    ...changes,
  };
}

/** A command to place a new order, changed as the test needs it. */
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

/** A shop's rules, with this limit in EUR and JPY from which wholesale orders await approval. */
export function shopRules(limit = 1_000_000): ShopRules {
  const seller = {
    name: 'Cleaning Supplies GmbH',
    address: ['1 Soap Rd', '10115 Berlin', 'DE'],
    vatId: 'DE123456789',
    timeZone: 'Europe/Berlin',
  };
  return { wholesaleApprovalLimit: { EUR: limit, JPY: limit }, seller };
}
