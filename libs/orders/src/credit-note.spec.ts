import fc from 'fast-check';
import { creditNoteOf } from './credit-note.ts';
import { creditNoteDocument, invoiceDocument } from './invoice-document.ts';
import { priceOf } from './line-quantities.ts';
import type { Order, StoredOrder } from './order.ts';
import { placeOrder } from './place-order.ts';
import { aChange } from './testing/change-factory.ts';
import { anOrderRequest, aPlaceOrderCommand, shopRules } from './testing/order-factory.ts';
import { changed } from './testing/order-life.ts';
import { runs } from '../../../test/harness/rounds.ts';

const NOW = '2026-01-02T03:04:06.000Z';
type Amounts = Pick<Order, 'discount' | 'shipping' | 'tax'> & { shippingTax?: number };
type Line = { quantity: number; unitPrice: number; tax?: number };

const anyQuantity = fc.integer({ min: 1, max: 5 });
// Free goods, everyday prices, and the largest, whose products exceed 2^53.
const anyPrice = fc.oneof(fc.constant(0), fc.nat(9_999), fc.integer({ min: 1e12 - 9, max: 1e12 }));
const anyOrder = fc
  .record({
    lines: fc.array(fc.record({ quantity: anyQuantity, unitPrice: anyPrice }), { minLength: 1, maxLength: 4 }),
    discount: fc.oneof(fc.constant(0), fc.maxSafeNat()),
    shipping: fc.nat(999),
    percent: fc.nat(30),
    stated: fc.constantFrom('none', 'shipping', 'all'),
  })
  .map(({ lines, discount: wanted, shipping, percent, stated }) => {
    const discount = wanted % (priceOf(lines) + 1);
    const rated = (amount: number) => Math.round((amount * percent) / 100);
    const shippingTax = rated(shipping);
    if (stated === 'all') {
      const withTax = lines.map((line, n) => ({ ...line, tax: n % 2 === 0 ? rated(priceOf([line])) : 0 }));
      const tax = withTax.reduce((sum, line) => sum + line.tax, shippingTax);
      return placed(withTax, { discount, shipping, tax, shippingTax });
    }
    const tax = rated(priceOf(lines) - discount) + shippingTax;
    return placed(lines, { discount, shipping, tax, ...(stated === 'shipping' && { shippingTax }) });
  });

describe('creditNoteOf', () => {
  it('leaves the tax of the shipping: 19.00 of 28.50 for goods of 100.00 with shipping of 50.00', () => {
    const order = placed([{ quantity: 1, unitPrice: 10_000 }], { discount: 0, shipping: 5_000, tax: 2_850 });
    expect(credited(order, [1, 1])).toMatchObject({ goods: 10_000, tax: 1_900, total: 11_900 });
  });

  it('credits the tax that a line states, by quantity', () => {
    const lines = [
      { quantity: 3, unitPrice: 1_000, tax: 571 },
      { quantity: 1, unitPrice: 1_000, tax: 70 },
    ];
    const order = placed(lines, { discount: 0, shipping: 500, tax: 736, shippingTax: 95 });
    expect(credited(order, [1, 1])).toMatchObject({ goods: 1_000, tax: 190 });
    expect(credited(order, [1, 3])).toMatchObject({ goods: 3_000, tax: 571 });
    expect(credited(order, [2, 1])).toMatchObject({ goods: 1_000, tax: 70 });
  });

  it('spreads a discount by largest remainder', () => {
    const lines = [1, 2, 3].map(() => ({ quantity: 1, unitPrice: 1_000 }));
    const order = placed(lines, { discount: 200, shipping: 0, tax: 0 });
    expect([1, 2, 3].map((line) => credited(order, [line, 1]).discount)).toEqual([67, 67, 66]);
  });

  it('adds up to the invoice without its shipping, and credits nothing below zero, whatever comes back or is cancelled, in any order', () => {
    fc.assert(
      fc.property(anyOrder, fc.infiniteStream(fc.nat()), (first, choices) => {
        const choice = (below: number) => Number(choices.next().value) % below;
        const invoice = invoiceDocument(first)!;
        const { order, isWhole } = creditedInParts(first, choice);
        const notes = order.creditNotes.map((_, n) => creditNoteDocument(order, String(n + 1))!);
        for (const { goods, discount, net, tax, total } of notes) {
          expect(net).toBe(goods - discount + (isWhole ? first.shipping : 0));
          expect(total).toBe(net + tax);
          expect(Math.min(discount, net, tax)).toBeGreaterThanOrEqual(0);
        }
        const sumOf = (amount: 'goods' | 'discount' | 'shipping' | 'net' | 'tax' | 'total') =>
          notes.reduce((sum, note) => sum + note[amount], 0);
        const rest = { net: invoice.net - sumOf('net'), tax: invoice.tax - sumOf('tax') };
        expect(invoice.total - sumOf('total')).toBe(rest.net + rest.tax);
        expect(sumOf('goods')).toBe(invoice.goods);
        expect(sumOf('discount')).toBe(invoice.discount);
        expect(rest.net).toBe(isWhole ? 0 : first.shipping);
        expect(rest.tax).toBeGreaterThanOrEqual(0);
        if (isWhole) expect(rest.tax).toBe(0);
        else if (first.shippingTax !== undefined) expect(rest.tax).toBe(first.shippingTax);
        else expect(rest.tax).toBeLessThanOrEqual(Math.ceil((invoice.tax * first.shipping) / (invoice.net || 1)));
      }),
      runs(2_000),
    );
  });
});

function placed(lines: Line[], amounts: Amounts): StoredOrder {
  const lineItems = lines.map((line, n) => ({ sku: `S${n}`, name: 'N', ...line }));
  const total = priceOf(lines) - amounts.discount + amounts.shipping + amounts.tax;
  const payment = { provider: 'stripe', reference: 'pi_3Nx', amount: total };
  const request = anOrderRequest({ lineItems, ...amounts, total, payment });
  return placeOrder(aPlaceOrderCommand({ request }), shopRules(), NOW);
}

function credited(order: StoredOrder, [lineNumber, quantity]: [number, number]) {
  return creditNoteOf(order, { returnId: '1', items: [{ lineNumber, quantity }] }, NOW);
}

/** The order after commands that credit all of its goods: cancelled as a whole, or shipped and returned in parts, its rest cancelled in between. */
function creditedInParts(first: StoredOrder, choice: (below: number) => number) {
  if (choice(8) === 0) return { order: changed(first, aChange(first, 'cancelOrder', {})), isWhole: true };
  const pieces = first.lineItems.flatMap(({ lineNumber, quantity }) => Array<number>(quantity).fill(lineNumber));
  const take = () => [{ lineNumber: pieces.splice(choice(pieces.length), 1)[0]!, quantity: 1 }];
  let order = changed(first, aChange(first, 'startFulfillment', {}));
  const shipped: ReturnType<typeof take>[] = [];
  const toShip = 1 + choice(pieces.length);
  while (shipped.length < toShip) {
    const items = take();
    order = changed(order, aChange(order, 'createShipment', { carrier: 'DHL', trackingNumber: 'T', items }));
    shipped.push(items);
  }
  let isCancelled = pieces.length === 0;
  const cancelRest = () => {
    order = changed(order, aChange(order, 'cancelOrder', {}));
    isCancelled = true;
  };
  while (shipped.length > 0) {
    if (!isCancelled && choice(3) === 0) cancelRest();
    const [items] = shipped.splice(choice(shipped.length), 1);
    const returnId = String(order.returns.length + 1);
    order = changed(order, aChange(order, 'requestReturn', { items: items!, reason: 'r' }));
    for (const step of ['approveReturn', 'receiveReturn', 'closeReturn'] as const) {
      order = changed(order, aChange(order, step, {}, { returnId }));
    }
  }
  if (!isCancelled) cancelRest();
  return { order, isWhole: false };
}
