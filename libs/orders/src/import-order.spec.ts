import { decideChange } from './decide-change.ts';
import { importedVersionOf, importHashOf, importOrder, isUnpublished } from './import-order.ts';
import { isOrderId, OrderIds } from './order-id.ts';
import { ORDER_STATUSES } from './order-lifecycle.ts';
import { orderVersions } from './order-versions.ts';
import { aChange } from './testing/change-factory.ts';
import { anImportedOrder, anOrderRequest, shopRules } from './testing/order-factory.ts';

const NOW = '2026-01-02T03:04:06.000Z';

describe('importOrder', () => {
  it('keeps the number, status, dates and totals as they are given, and starts the history at the old date', () => {
    const imported = anImportedOrder({ total: 1, status: 'CONFIRMED', shipments: [] });
    const order = importOrder(imported, 1, false);
    const { lineItems, ...others } = imported;
    expect(order).toMatchObject({ ...others, version: 1, source: 'import' });
    expect(order.lineItems).toEqual(lineItems.map((item) => ({ lineNumber: 1, ...item })));
    const entry = { version: 1, event: 'imported', at: imported.updatedAt, status: 'CONFIRMED', unpublished: true };
    expect(order.history).toEqual([expect.objectContaining(entry)]);
    expect(order.invoice).toBeUndefined();
  });

  it('gives a number the same valid id each time, which no request can have', () => {
    const { orderId } = importOrder(anImportedOrder(), 1, false);
    expect(importOrder(anImportedOrder({ customerId: 'other', total: 2 }), 2, true).orderId).toBe(orderId);
    expect(isOrderId(orderId)).toBe(true);
    expect(importOrder(anImportedOrder({ importedNumber: '2019-0043' }), 1, false).orderId).not.toBe(orderId);
    expect(new OrderIds(['x'.repeat(32)]).issue('', '2019-0042').slice(0, 16)).not.toBe(orderId.slice(0, 16));
  });

  it.each(ORDER_STATUSES)('has a version that can be rebuilt and hashed when it is %s', (status) => {
    const isShipped = ['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'].includes(status);
    const [shipment] = anImportedOrder().shipments;
    const arrival = status === 'DELIVERED' ? { deliveredAt: NOW } : {};
    const shipments = isShipped ? [{ ...shipment!, ...arrival }] : [];
    const order = importOrder(anImportedOrder({ status, shipments }), 1, true);
    expect(orderVersions(order)).toMatchObject({ complete: true, versions: [{ order, previous: undefined }] });
    expect(importHashOf(importedVersionOf(order)!)).toBe(order.fingerprint);
  });

  it('goes on here: the next change is published, and the import can still be rebuilt', () => {
    const imported = importOrder(anImportedOrder(), 3, false);
    const decision = decideChange(
      imported,
      aChange(imported, 'deliverShipment', {}, { shipmentId: '1' }),
      shopRules(),
      NOW,
    );
    const delivered = (decision as Extract<typeof decision, { outcome: 'CHANGED' }>).order;
    const { versions } = orderVersions(delivered);
    expect(versions.map(({ order }) => [order.version, order.status])).toEqual([
      [3, 'SHIPPED'],
      [4, 'DELIVERED'],
    ]);
    expect(versions.map(isUnpublished)).toEqual([true, false]);
    expect(importedVersionOf(delivered)).toEqual(imported);
  });

  it('cancels the rest of a partly shipped order, whose parcel has not arrived', () => {
    const shipments = [{ ...anImportedOrder().shipments[0]!, items: [{ lineNumber: 1, quantity: 1 }] }];
    const lineItems = [{ ...anOrderRequest().lineItems[0]!, quantity: 3 }];
    const order = importOrder(anImportedOrder({ status: 'PARTIALLY_SHIPPED', shipments, lineItems }), 1, false);
    const command = {
      ...aChange(order, 'cancelOrder', { reason: 'sold out' }),
      roles: ['operator' as const],
      by: 'op',
    };
    expect(decideChange(order, command, shopRules(), NOW)).toMatchObject({ order: { status: 'SHIPPED' } });
  });
});
