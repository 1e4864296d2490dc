import { importOrder } from './import-order.ts';
import type { StoredOrder } from './order.ts';
import { placeOrder } from './place-order.ts';
import { booksOf, differencesOf } from './reconciliation.ts';
import { aChange } from './testing/change-factory.ts';
import { anImportedOrder, aPlaceOrderCommand, shopRules } from './testing/order-factory.ts';
import { changed, everyStep } from './testing/order-life.ts';

/** Orders as read from the table, after each event of an order's life. */
const orders = everyStep().map(({ after }) => JSON.parse(JSON.stringify(after)) as StoredOrder);
const returned = orders.find(({ returnStatus, creditNotes }) => returnStatus === 'PARTIAL' && creditNotes.length > 0)!;
const cancelled = orders.find(({ status, creditNotes }) => status === 'CANCELLED' && creditNotes.length > 0)!;
const notesChangedBy = (order: StoredOrder, cents: number) =>
  order.creditNotes.map((note) => ({ ...note, goods: note.goods + cents, total: note.total + cents }));

describe('differencesOf', () => {
  it('finds none in any order, after each of its events', () => {
    expect(orders.flatMap((order) => differencesOf(order, order.orderId))).toEqual([]);
    expect(booksOf(returned)).toEqual({ invoiced: 3088, credited: 1299 });
    expect(booksOf(cancelled)).toEqual({ invoiced: 1000, credited: 1000 });
  });

  it('compares the claim with the decision', () => {
    const [other, confirmed] = orders.filter(({ version }) => version === 1);
    expect(differencesOf(confirmed!, undefined)).toEqual(['there is no claim on its payment']);
    expect(differencesOf(confirmed!, other!.orderId)).toEqual([`its payment is claimed by order ${other!.orderId}`]);
    const command = aPlaceOrderCommand();
    const rejected = JSON.parse(JSON.stringify(placeOrder(command, shopRules(), command.receivedAt, 'TAKEN')));
    expect(differencesOf(rejected, other!.orderId)).toEqual([]);
    expect(differencesOf(rejected, command.orderId)).toEqual(['it was rejected for a payment that it claims itself']);
  });

  it('expects no documents of an order that was confirmed in another shop, nor totals that are sums', () => {
    const items = [{ lineNumber: 1, quantity: 1 }];
    let order = importOrder(anImportedOrder({ total: 1 }), 1, false);
    order = changed(order, aChange(order, 'requestReturn', { items, reason: 'broken' }));
    for (const command of ['approveReturn', 'receiveReturn', 'closeReturn'] as const)
      order = changed(order, aChange(order, command, {}, { returnId: '1' }));
    expect(order.creditNotes).toHaveLength(1);
    expect(differencesOf(order, order.orderId)).toEqual([]);
    expect(differencesOf(order, undefined)).toEqual(['there is no claim on its payment']);
    expect(differencesOf({ ...order, history: order.history.slice(1) }, order.orderId)).toHaveLength(1);
  });

  it.each<[string, StoredOrder, string]>([
    ['a total', { ...returned, total: 3089 }, 'its total is 3089, the sum of its parts 3088'],
    ['a payment', { ...returned, payment: { ...returned.payment, amount: 1 } }, 'its total is 3088, its payment 1'],
    ['a note', { ...returned, creditNotes: notesChangedBy(returned, 1) }, 'its goods is 1300, its lines 1299'],
    [
      'a cancelled order',
      { ...cancelled, creditNotes: notesChangedBy(cancelled, -1) },
      'cancelled: its invoice is 1000, its credit notes 999',
    ],
    ['a missing note', { ...returned, creditNotes: [] }, 'the number of its credit notes is 0, that of its credits 1'],
    ['a note too many', { ...returned, creditNotes: [...returned.creditNotes, ...returned.creditNotes] }, 'its events'],
    ['a lost history', { ...returned, history: returned.history.slice(1) }, 'its events cannot be derived'],
  ])('finds %s that is wrong by a cent or not there', (_, order, difference) => {
    expect(differencesOf(order, order.orderId).join('\n')).toContain(difference);
  });
});
