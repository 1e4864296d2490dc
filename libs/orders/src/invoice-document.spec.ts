import { creditNoteDocument, invoiceDocument } from './invoice-document.ts';
import type { StoredOrder } from './order.ts';
import { placeOrder } from './place-order.ts';
import { aChange } from './testing/change-factory.ts';
import { anOrderRequest, aPlaceOrderCommand, aWholesaleRequest, shopRules } from './testing/order-factory.ts';
import { changed, everyStep } from './testing/order-life.ts';

const PLACED = '2026-01-02T03:04:05.678Z';
const CONFIRMED = '2026-01-02T03:04:06.000Z';

const lineItems = [
  { sku: 'CLN-GLASS-750', name: 'Glass cleaner 750 ml', quantity: 2, unitPrice: 1299 },
  { sku: 'CLN-CLOTH', name: 'Cloth', quantity: 3, unitPrice: 334 },
];
const amounts = { discount: 600, shipping: 490, tax: 664, total: 4154 };

describe('an invoice document', () => {
  it('says what was sold, to whom, and what was paid', () => {
    const order = placed();
    expect(invoiceDocument(order)).toEqual({
      documentType: 'INVOICE',
      number: `INV-${order.orderId}`,
      issuedAt: CONFIRMED,
      orderId: order.orderId,
      orderedAt: PLACED,
      currency: 'EUR',
      seller: shopRules().seller,
      buyer: { customerId: 'cust-1', address: order.billingAddress },
      deliverTo: order.shippingAddress,
      lines: [
        { lineNumber: 1, ...lineItems[0], amount: 2598 },
        { lineNumber: 2, ...lineItems[1], amount: 1002 },
      ],
      goods: 3600,
      discount: 600,
      shipping: 490,
      net: 3490,
      tax: 664,
      total: 4154,
      paid: { provider: 'stripe', amount: 4154 },
    });
  });

  it('is not there before the order is confirmed', () => {
    const waiting = placeOrder(aPlaceOrderCommand({ request: aWholesaleRequest(1_000) }), shopRules(1_000), CONFIRMED);
    expect(invoiceDocument(waiting)).toBeUndefined();
    expect(invoiceDocument(changed(waiting, aChange(waiting, 'approveOrder', {})))).toMatchObject({
      purchaseOrderNumber: 'PO-77',
      total: 1_000,
    });
  });

  it('stays the same whatever happens to the order', () => {
    const later = everyStep().filter(({ before }) => before?.invoice);
    expect(later.length).toBeGreaterThan(10);
    for (const { before, after } of later) expect(invoiceDocument(after)).toEqual(invoiceDocument(before!));
  });

  it('has no payment reference', () => {
    expect(JSON.stringify(invoiceDocument(placed()))).not.toContain('pi_3Nx');
  });
});

describe('a credit note document', () => {
  it('says what came back, why, and which invoice it corrects', () => {
    const order = returned(shipped(), [{ lineNumber: 2, quantity: 1 }], 'torn');
    expect(creditNoteDocument(order, '1')).toEqual({
      documentType: 'CREDIT_NOTE',
      number: `CN-${order.orderId}-1`,
      issuedAt: CONFIRMED,
      invoiceNumber: `INV-${order.orderId}`,
      orderId: order.orderId,
      orderedAt: PLACED,
      currency: 'EUR',
      seller: shopRules().seller,
      buyer: { customerId: 'cust-1', address: order.billingAddress },
      returnId: '1',
      reason: 'torn',
      lines: [{ lineNumber: 2, ...lineItems[1], quantity: 1, amount: 334 }],
      goods: 334,
      discount: 56,
      shipping: 0,
      net: 278,
      tax: 53,
      total: 331,
    });
  });

  it('stays the same when more comes back, and all of them credit no more than the goods', () => {
    const first = returned(shipped(), [{ lineNumber: 1, quantity: 1 }], 'leaks');
    const rest = [
      { lineNumber: 1, quantity: 1 },
      { lineNumber: 2, quantity: 3 },
    ];
    const second = returned(first, rest, 'leaks too');
    expect(creditNoteDocument(second, '1')).toEqual(creditNoteDocument(first, '1'));
    const notes = ['1', '2'].map((number) => creditNoteDocument(second, number)!);
    // 93 of the tax of 664 is that of the shipping: 664 × 490 ÷ 3,490.
    expect(notes[0]!.total + notes[1]!.total).toBe(amounts.total - amounts.shipping - 93);
    for (const { lines, goods } of notes) expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(goods);
  });

  it('credits the whole of an order that was cancelled', () => {
    const order = changed(placed(), aChange(placed(), 'cancelOrder', {}));
    const { goods, discount, shipping, net, tax, total, lines } = invoiceDocument(order)!;
    const note = creditNoteDocument(order, '1');
    expect(note).toMatchObject({ goods, discount, shipping, net, tax, total, lines, number: `CN-${order.orderId}-1` });
    expect(note).not.toHaveProperty('reason');
  });

  it('credits the rest of an order that was partly shipped, with its share of discount and tax', () => {
    const order = shipped([{ lineNumber: 1, quantity: 2 }]);
    const cancelled = changed(order, aChange(order, 'cancelOrder', { reason: 'sold out' }));
    const rest = { lineNumber: 2, ...lineItems[1], amount: 1002 };
    const credited = { goods: 1002, discount: 167, shipping: 0, net: 835, tax: 159, total: 994 };
    const note = creditNoteDocument(cancelled, '1')!;
    expect(note).toMatchObject({ ...credited, lines: [rest] });
    expect(note).not.toHaveProperty('reason');
    const all = returned(cancelled, [{ lineNumber: 1, quantity: 2 }], 'leaks');
    expect(creditNoteDocument(all, '1')).toEqual(note);
    expect(note.total + creditNoteDocument(all, '2')!.total).toBe(amounts.total - amounts.shipping - 93);
    expect(all.returnStatus).toBe('RETURNED');
  });

  it.each(['0', '2', '01', '1.0', '-1', '', 'one'])('is not there by the number %j', (number) => {
    const order = returned(shipped(), [{ lineNumber: 1, quantity: 1 }], 'leaks');
    expect(creditNoteDocument(order, number)).toBeUndefined();
  });
});

function placed(): StoredOrder {
  const payment = { provider: 'stripe', reference: 'pi_3Nx', amount: amounts.total };
  const request = anOrderRequest({ lineItems, ...amounts, payment });
  return placeOrder(aPlaceOrderCommand({ request, receivedAt: PLACED }), shopRules(), CONFIRMED);
}

function shipped(
  items = placed().lineItems.map(({ lineNumber, quantity }) => ({ lineNumber, quantity })),
): StoredOrder {
  const order = placed();
  const started = changed(order, aChange(order, 'startFulfillment', {}));
  return changed(started, aChange(started, 'createShipment', { carrier: 'DHL', trackingNumber: 'JD0146', items }));
}

function returned(order: StoredOrder, items: StoredOrder['returns'][number]['items'], reason: string): StoredOrder {
  const returnId = String(order.returns.length + 1);
  const requested = changed(order, aChange(order, 'requestReturn', { items, reason }));
  const approved = changed(requested, aChange(requested, 'approveReturn', {}, { returnId }));
  const received = changed(approved, aChange(approved, 'receiveReturn', {}, { returnId }));
  return changed(received, aChange(received, 'closeReturn', {}, { returnId }));
}
