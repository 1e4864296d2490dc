import fc from 'fast-check';
import { creditNoteOf } from './credit-note.ts';
import { goodsOf } from './line-quantities.ts';
import type { Order } from './order.ts';
import { placeOrder } from './place-order.ts';
import { anOrderRequest, aPlaceOrderCommand, shopRules } from './testing/order-factory.ts';
import { runs } from '../../../test/harness/rounds.ts';

const NOW = '2026-01-02T03:04:06.000Z';
const anyLine = fc.record({ quantity: fc.integer({ min: 1, max: 5 }), unitPrice: fc.integer({ min: 0, max: 9_999 }) });

describe('creditNoteOf', () => {
  it('credits an order that comes back or is cancelled piece by piece, in any order, as one that comes back at once', () => {
    fc.assert(
      fc.property(
        fc.array(anyLine, { minLength: 1, maxLength: 4 }),
        fc.nat(9_999),
        fc.nat(9_999),
        fc.nat(999),
        fc.infiniteStream(fc.nat()),
        (lines, wanted, tax, shipping, choice) => {
          const lineItems = lines.map((line, n) => ({ sku: `S${n}`, name: 'N', ...line }));
          const goods = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
          const discount = Math.min(wanted, goods + tax + shipping);
          const amounts = { discount, shipping, tax, total: goods - discount + shipping + tax };
          const payment = { provider: 'stripe', reference: 'pi_3Nx', amount: amounts.total };
          const request = anOrderRequest({ lineItems, ...amounts, payment });
          let order: Order = placeOrder(aPlaceOrderCommand({ request }), shopRules(), NOW);
          const pieces = lines.flatMap(({ quantity }, n) => Array.from({ length: quantity }, () => n + 1));
          while (pieces.length > 0) {
            const [lineNumber = 0] = pieces.splice(choice.next().value % pieces.length, 1);
            const items = [{ lineNumber, quantity: 1 }];
            const credit = pieces.length % 2 === 0 ? { returnId: '1', items } : { items };
            order = { ...order, creditNotes: [...order.creditNotes, creditNoteOf(order, credit, NOW)] };
          }
          const credited = order.creditNotes.reduce((sum, { total }) => sum + total, 0);
          if (goodsOf(order, order.lineItems) === 0) return;
          expect(credited).toBe(goods - Math.min(discount, goods + tax) + tax);
          expect(credited).toBeLessThanOrEqual(amounts.total);
          expect(order.creditNotes.every(({ total }) => total >= 0)).toBe(true);
        },
      ),
      runs(2_000),
    );
  });
});
