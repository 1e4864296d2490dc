import fc from 'fast-check';
import { asciiJson } from './json-text.ts';
import type { ChangeOrderCommand } from '#libs/order-requests';
import { allowedCommands, decideChange, type Refusal, refusalOf } from './decide-change.ts';
import { coversAllLines, goodsOf, shippedQuantities } from './line-quantities.ts';
import { COMMAND_NAMES, type CommandName, isPossible, type OrderStatus, TRANSITIONS } from './order-lifecycle.ts';
import { workOf } from './order-lists.ts';
import type { LineQuantity, StoredOrder } from './order.ts';
import { placeOrder } from './place-order.ts';
import { publicOrder } from './public-order.ts';
import { type Role, ROLES } from './roles.ts';
import { aChange } from './testing/change-factory.ts';
import { anOrderRequest, aPlaceOrderCommand, aWholesaleRequest, shopRules } from './testing/order-factory.ts';
import { runs } from '../../../test/harness/rounds.ts';

const NOW = '2026-01-02T03:04:06.000Z';
const rules = shopRules(1_000);

const placed = (request = anOrderRequest()) => placeOrder(aPlaceOrderCommand({ request }), rules, NOW);

function changed(order: StoredOrder, command: ChangeOrderCommand): StoredOrder {
  const decision = decideChange(order, command, rules, NOW);
  if (decision.outcome !== 'CHANGED') throw new Error(`expected a change, got ${JSON.stringify(decision)}`);
  return decision.order;
}

function refused(order: StoredOrder, command: ChangeOrderCommand): Refusal {
  const decision = decideChange(order, command, rules, NOW);
  if (decision.outcome !== 'REFUSED') throw new Error(`expected a refusal, got ${JSON.stringify(decision)}`);
  return decision.refusal;
}

const inFulfillment = (order = placed()) => changed(order, aChange(order, 'startFulfillment', {}));
const parcel = (...items: LineQuantity[]) => ({ carrier: 'DHL', trackingNumber: 'JD01', items });
const shipped = (order = placed()) => changed(inFulfillment(order), aChange(order, 'createShipment', parcel(two)));
const two = { lineNumber: 1, quantity: 2 };
const one = { lineNumber: 1, quantity: 1 };

describe('decideChange', () => {
  it('leads an order from its confirmation to the credit note of its return', () => {
    let order = shipped();
    order = changed(order, aChange(order, 'deliverShipment', {}, { shipmentId: '1' }));
    expect(order).toMatchObject({ status: 'DELIVERED', version: 4, returnStatus: 'NONE' });
    order = changed(order, aChange(order, 'requestReturn', { items: [one], reason: 'leaks' }));
    order = changed(order, aChange(order, 'approveReturn', {}, { returnId: '1' }));
    order = changed(order, aChange(order, 'receiveReturn', {}, { returnId: '1' }));
    expect(order.returnStatus).toBe('PARTIAL');
    order = changed(order, aChange(order, 'closeReturn', {}, { returnId: '1' }));
    expect(order.creditNotes).toEqual([
      {
        creditNoteNumber: `CN-${order.orderId}-1`,
        issuedAt: NOW,
        returnId: '1',
        goods: 1299,
        discount: 0,
        shipping: 0,
        tax: 0,
        total: 1299,
      },
    ]);
    expect(order.history.map(({ event }) => event)).toEqual([
      'confirmed',
      'fulfillment_started',
      'shipped',
      'delivered',
      'return_requested',
      'return_approved',
      'return_received',
      'return_closed',
    ]);
    expect(order.history[4]).toMatchObject({ reason: 'leaks', by: 'cust-1' });
  });

  it('ships in parts, and delivers parcel by parcel', () => {
    let order = inFulfillment();
    order = changed(order, aChange(order, 'createShipment', parcel(one)));
    expect(order.status).toBe('PARTIALLY_SHIPPED');
    order = changed(order, aChange(order, 'deliverShipment', {}, { shipmentId: '1' }));
    expect(order.status).toBe('PARTIALLY_SHIPPED');
    order = changed(order, aChange(order, 'createShipment', parcel(one)));
    expect(order.status).toBe('SHIPPED');
    order = changed(order, aChange(order, 'deliverShipment', {}, { shipmentId: '2' }));
    expect(order.status).toBe('DELIVERED');
    expect(order.history.map(({ event }) => event).slice(2)).toEqual([
      'partially_shipped',
      'shipment_delivered',
      'shipped',
      'delivered',
    ]);
  });

  it('issues the invoice with the approval, once', () => {
    const waiting = placed(aWholesaleRequest(1_000));
    expect(waiting).toMatchObject({
      status: 'AWAITING_APPROVAL',
      work: expect.stringMatching(/^AWAITING_APPROVAL#[0-7]$/),
    });
    expect(waiting.invoice).toBeUndefined();
    const order = changed(waiting, aChange(waiting, 'approveOrder', {}));
    expect(order.invoice).toEqual({ invoiceNumber: `INV-${order.orderId}`, issuedAt: NOW, seller: rules.seller });
    expect(order.work).toMatch(/^CONFIRMED#/);
    expect(inFulfillment(order).invoice).toBe(order.invoice);
  });

  it('refuses what the status does not allow, and says what it does', () => {
    const order = placed();
    expect(refused(order, aChange(order, 'createShipment', parcel(one)))).toEqual({
      code: 'NOT_POSSIBLE',
      detail: 'createShipment is not possible for an order that is CONFIRMED',
      status: 'CONFIRMED',
      version: 1,
      allowedCommands: ['startFulfillment'],
    });
  });

  it('lets nobody decide on an order of their own, and nobody without the role', () => {
    const order = placed(aWholesaleRequest(1_000));
    const buyer = { by: order.customerId, roles: ['operator' as const] };
    expect(refused(order, aChange(order, 'approveOrder', {}, buyer)).code).toBe('FORBIDDEN');
    expect(refused(order, aChange(order, 'approveOrder', {}, { roles: ['accounting'] })).code).toBe('FORBIDDEN');
    const stranger = { by: 'cust-2', roles: ['wholesale' as const] };
    expect(refused(order, aChange(order, 'cancelOrder', {}, stranger)).code).toBe('FORBIDDEN');
  });

  it('leaves goods that are being packed to an operator to call back', () => {
    const order = inFulfillment();
    const byCustomer = { by: order.customerId, roles: ['retail' as const] };
    expect(refused(order, aChange(order, 'cancelOrder', {}, byCustomer)).code).toBe('NOT_POSSIBLE');
    expect(changed(order, aChange(order, 'cancelOrder', { reason: 'recall' })).status).toBe('CANCELLED');
  });

  describe('the rest of an order that is partly shipped', () => {
    const partly = () => {
      const order = inFulfillment();
      return changed(order, aChange(order, 'createShipment', parcel(one)));
    };
    const cancelRest = (order: StoredOrder) => changed(order, aChange(order, 'cancelOrder', { reason: 'sold out' }));

    it('is cancelled and credited, and the order goes on with what was shipped', () => {
      let order = cancelRest(partly());
      expect(order).toMatchObject({ status: 'SHIPPED', cancelledItems: [one], returnStatus: 'NONE' });
      expect(order.creditNotes).toMatchObject([
        { creditNoteNumber: `CN-${order.orderId}-1`, goods: 1299, shipping: 0 },
      ]);
      expect(order.creditNotes[0]).not.toHaveProperty('returnId');
      expect(order.history.at(-1)).toMatchObject({ event: 'rest_cancelled', reason: 'sold out' });
      expect(refused(order, aChange(order, 'createShipment', parcel(one))).code).toBe('NOT_POSSIBLE');
      expect(refused(order, aChange(order, 'cancelOrder', {})).code).toBe('NOT_POSSIBLE');
      order = changed(order, aChange(order, 'deliverShipment', {}, { shipmentId: '1' }));
      expect(order.status).toBe('DELIVERED');
      const all = aChange(order, 'requestReturn', { items: [two], reason: 'r' });
      expect(refused(order, all).detail).toBe('line 1: at most 1 can be returned, got 2');
    });

    it('leaves an order DELIVERED whose parcels have all arrived', () => {
      let order = partly();
      order = changed(order, aChange(order, 'deliverShipment', {}, { shipmentId: '1' }));
      expect(cancelRest(order).status).toBe('DELIVERED');
    });

    it('makes the order RETURNED when everything that was shipped is back', () => {
      let order = partly();
      order = changed(order, aChange(order, 'requestReturn', { items: [one], reason: 'r' }));
      order = changed(order, aChange(order, 'approveReturn', {}, { returnId: '1' }));
      order = changed(order, aChange(order, 'receiveReturn', {}, { returnId: '1' }));
      expect([order.returnStatus, cancelRest(order).returnStatus]).toEqual(['PARTIAL', 'RETURNED']);
    });

    it('is for an operator to cancel, and never their own', () => {
      const order = partly();
      const byCustomer = { by: order.customerId, roles: ['retail' as const, 'operator' as const] };
      expect(refused(order, aChange(order, 'cancelOrder', {}, byCustomer))).toMatchObject({
        code: 'NOT_POSSIBLE',
        detail: 'only an operator can cancel an order that is PARTIALLY_SHIPPED, and never their own',
      });
      expect(refused(order, aChange(order, 'cancelOrder', {}, { roles: ['fulfillment'] })).code).toBe('FORBIDDEN');
    });
  });

  it('refuses a version that the caller has not seen', () => {
    const order = placed();
    const start = (expectedVersions: number[]) => aChange(order, 'startFulfillment', {}, { expectedVersions });
    expect(refused(order, start([2, 7]))).toMatchObject({
      code: 'STALE_VERSION',
      detail: 'expected version 2 or 7, the order is at 1',
    });
    expect(refused(order, start([])).code).toBe('STALE_VERSION');
    expect(changed(order, start([7, 1])).version).toBe(2);
  });

  it.each([
    ['more than was ordered', 'createShipment', parcel({ lineNumber: 1, quantity: 3 })],
    ['of a line that is not there', 'createShipment', parcel({ lineNumber: 2, quantity: 1 })],
  ] as const)('refuses to ship %s', (_, name, request) => {
    const order = inFulfillment();
    expect(refused(order, aChange(order, name, request))).toMatchObject({ code: 'NOT_POSSIBLE' });
  });

  it('refuses to return more than was shipped and is not on its way back', () => {
    let order = inFulfillment();
    order = changed(order, aChange(order, 'createShipment', parcel(one)));
    const all = aChange(order, 'requestReturn', { items: [two], reason: 'r' });
    expect(refused(order, all).detail).toBe('line 1: at most 1 can be returned, got 2');
    order = changed(order, aChange(order, 'requestReturn', { items: [one], reason: 'r' }));
    expect(refused(order, aChange(order, 'requestReturn', { items: [one], reason: 'r' })).code).toBe('NOT_POSSIBLE');
    order = changed(order, aChange(order, 'declineReturn', {}, { returnId: '1' }));
    expect(changed(order, aChange(order, 'requestReturn', { items: [one], reason: 'r' })).returns).toHaveLength(2);
  });

  it('does not find a shipment or a return that is not there, nor do a step twice', () => {
    let order = shipped();
    expect(refused(order, aChange(order, 'deliverShipment', {}, { shipmentId: '2' })).code).toBe('NOT_FOUND');
    expect(refused(order, aChange(order, 'approveReturn', {}, { returnId: '1' })).code).toBe('NOT_FOUND');
    order = changed(order, aChange(order, 'requestReturn', { items: [one], reason: 'r' }));
    expect(refused(order, aChange(order, 'receiveReturn', {}, { returnId: '1' })).code).toBe('NOT_POSSIBLE');
  });

  it('changes nothing for a command that comes again, and refuses other content under its id', () => {
    const order = inFulfillment();
    const command = aChange(order, 'createShipment', parcel(one));
    const after = changed(order, command);
    expect(decideChange(after, command, rules, NOW)).toEqual({ outcome: 'REPEATED', version: 3 });
    expect(refusalOf(after, command)).toBeUndefined();
    const other = { ...command, request: parcel(two) };
    expect(refused(after, other).code).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('has room for a limited number of changes', () => {
    const many = anOrderRequest({
      lineItems: [{ sku: 'S', name: 'N', quantity: 10_000, unitPrice: 0 }],
      total: 490,
      payment: { provider: 'stripe', reference: 'pi_3Nx', amount: 490 },
    });
    let order = inFulfillment(placed(many));
    while (order.version < 250) order = changed(order, aChange(order, 'createShipment', parcel(one)));
    expect(refused(order, aChange(order, 'createShipment', parcel(one))).detail).toMatch(
      /reached its limit of shipments/,
    );
    expect(changed(order, aChange(order, 'deliverShipment', {}, { shipmentId: '7' })).version).toBe(251);
  });
});

describe('an order that grows', () => {
  const DYNAMODB_LIMIT = 409_600;
  const reason = '\u{1F9FC}'.repeat(500);

  it.each(['closeReturn', 'declineReturn'] as const)('can always end what it has begun, up to %s', (end) => {
    const lineItems = Array.from({ length: 100 }, (_, n) => ({
      sku: `S${n}`,
      name: 'N'.repeat(200),
      quantity: 10_000,
      unitPrice: 0,
    }));
    const payment = { provider: 'stripe', reference: 'pi_3Nx', amount: 490 };
    let order = inFulfillment(placed(anOrderRequest({ lineItems, total: 490, payment })));
    order = changed(order, aChange(order, 'createShipment', parcel({ lineNumber: 1, quantity: 10_000 })));
    for (;;) {
      const decision = decideChange(order, aChange(order, 'requestReturn', { items: [one], reason }), rules, NOW);
      if (decision.outcome !== 'CHANGED') break;
      order = decision.order;
    }
    expect(order.returns.length).toBeGreaterThan(20);
    order = changed(order, aChange(order, 'cancelOrder', { reason }));
    expect(order.cancelledItems).toHaveLength(99);
    order = changed(order, aChange(order, 'deliverShipment', {}, { shipmentId: '1' }));
    for (const { returnId } of order.returns) {
      if (end === 'declineReturn') {
        order = changed(order, aChange(order, 'declineReturn', { reason }, { returnId }));
        continue;
      }
      order = changed(order, aChange(order, 'approveReturn', {}, { returnId }));
      order = changed(order, aChange(order, 'receiveReturn', {}, { returnId }));
      order = changed(order, aChange(order, 'closeReturn', {}, { returnId }));
    }
    expect(Buffer.byteLength(JSON.stringify(order))).toBeLessThan(DYNAMODB_LIMIT);
    expect(asciiJson(publicOrder(order)).length).toBeLessThan(256_000);
  });
});

/** A command that may or may not make sense. */
const anyCommand = fc.record({
  anyName: fc.constantFrom(...COMMAND_NAMES),
  /** Mostly an allowed command, sometimes any. */
  sensible: fc.option(fc.nat(), { freq: 5 }),
  by: fc.constantFrom('cust-1', 'staff-1', 'staff-2'),
  // Mostly somebody who may do anything, so that much happens.
  roles: fc.oneof(
    { weight: 4, arbitrary: fc.constant<Role[]>([...ROLES]) },
    fc.subarray<Role>([...ROLES], { minLength: 1 }),
  ),
  part: fc.constantFrom('1', '1', '2', '3'),
  items: fc.uniqueArray(
    fc.record({ lineNumber: fc.integer({ min: 1, max: 3 }), quantity: fc.integer({ min: 1, max: 3 }) }),
    {
      minLength: 1,
      maxLength: 2,
      selector: ({ lineNumber }) => lineNumber,
    },
  ),
  again: fc.boolean(),
});

const anyOrder = fc
  .record({
    quantities: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
    prices: fc.array(fc.nat({ max: 2_000 }), { minLength: 3, maxLength: 3 }),
    discount: fc.nat({ max: 3_000 }),
    shipping: fc.nat({ max: 500 }),
    tax: fc.nat({ max: 900 }),
    wholesale: fc.boolean(),
  })
  .map(({ quantities, prices, discount, shipping, tax, wholesale }) => {
    const lineItems = quantities.map((quantity, n) => ({ sku: 'S', name: 'N', quantity, unitPrice: prices[n]! }));
    const goods = lineItems.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
    const least = Math.min(discount, goods);
    const total = goods - least + shipping + tax;
    const payment = { provider: 'p', reference: 'r', amount: total };
    const request = anOrderRequest({ lineItems, discount: least, shipping, tax, total, payment });
    return placed(wholesale ? { ...request, channel: 'WHOLESALE', purchaseOrderNumber: 'PO-1' } : request);
  });

describe('whatever is asked of an order', () => {
  it('stays within its life: states, versions, quantities and money', () => {
    const reached = new Set<OrderStatus>();
    let credited = 0;
    let restsCancelled = 0;
    fc.assert(
      fc.property(anyOrder, fc.array(anyCommand, { minLength: 60, maxLength: 100 }), (first, commands) => {
        let order = first;
        for (const { anyName, sensible, by, roles, part, items, again } of commands) {
          const allowed = allowedCommands(order, { subject: by, roles });
          // Now and then the end, else few orders would get far.
          const mayEnd = order.status === 'AWAITING_APPROVAL' || (sensible !== null && sensible % 10 === 0);
          const onward = mayEnd ? allowed : allowed.filter((one) => one !== 'cancelOrder' && one !== 'rejectOrder');
          const name = (sensible === null ? undefined : onward[Math.floor(sensible / 10) % onward.length]) ?? anyName;
          const request = { items, reason: 'r', carrier: 'c', trackingNumber: 't' };
          const command = aChange(order, name, request as never, { by, roles, shipmentId: part, returnId: part });
          const decision = decideChange(order, command, rules, NOW);
          if (decision.outcome === 'REFUSED') {
            expect(decision.refusal.allowedCommands).toEqual(allowed);
            continue;
          }
          if (decision.outcome === 'REPEATED') throw new Error('a new command is no repetition');
          expect(allowed).toContain(name);
          expectLawful(order, decision.order, name);
          order = decision.order;
          reached.add(order.status);
          if (name === 'closeReturn') credited += 1;
          if (order.cancelledItems) restsCancelled += 1;
          if (again) expect(decideChange(order, command, rules, NOW).outcome).toBe('REPEATED');
        }
      }),
      runs(600, 300),
    );
    // The commands drawn at random must reach every status that a change leads to, for the rest to mean much.
    const changes = TRANSITIONS.filter(({ from }) => from !== null);
    expect(reached).toEqual(new Set(changes.map(({ to }) => to)));
    expect(credited).toBeGreaterThan(0);
    expect(restsCancelled).toBeGreaterThan(0);
  });
});

function expectLawful(before: StoredOrder, after: StoredOrder, command: CommandName): void {
  const last = after.history.at(-1)!;
  expect(after.version).toBe(before.version + 1);
  expect(after.history).toHaveLength(after.version);
  expect(TRANSITIONS).toContainEqual({ command, from: before.status, event: last.event, to: after.status });
  expect(isPossible(command, before.status)).toBe(true);
  const { work, openReturns } = after;
  expect({ work, openReturns }).toEqual(workOf(after));
  const isDone = ['REJECTED', 'CANCELLED', 'SHIPPED', 'DELIVERED'].includes(after.status);
  const open = after.returns.filter(({ status }) => status !== 'DECLINED' && status !== 'CLOSED');
  expect(new Set(openReturns)).toEqual(new Set(open.map(({ status }) => status)));
  expect(work === undefined).toBe(isDone && open.length === 0);
  const shippedSoFar = shippedQuantities(after);
  const allDelivered = after.shipments.every(({ deliveredAt }) => deliveredAt !== undefined);
  if (['SHIPPED', 'DELIVERED'].includes(after.status)) expect(after.status === 'DELIVERED').toBe(allDelivered);
  // Every piece of a cancelled rest was never shipped, and is credited once.
  if (before.cancelledItems) expect(after.cancelledItems).toEqual(before.cancelledItems);
  const cancelled = after.cancelledItems ?? [];
  const closed = after.returns.filter(({ status }) => status === 'CLOSED').flatMap(({ items }) => items);
  const creditedGoods = after.creditNotes.reduce((sum, { goods }) => sum + goods, 0);
  const gone = after.status === 'CANCELLED' && after.invoice ? after.lineItems : [...closed, ...cancelled];
  expect(creditedGoods).toBe(goodsOf(after, gone));
  for (const { lineNumber, quantity } of after.lineItems) {
    const rest = cancelled.find((item) => item.lineNumber === lineNumber)?.quantity ?? 0;
    expect((shippedSoFar.get(lineNumber) ?? 0) + rest).toBeLessThanOrEqual(quantity);
    const back = after.returns.filter(({ status }) => status !== 'DECLINED').flatMap(({ items }) => items);
    const returned = back
      .filter((item) => item.lineNumber === lineNumber)
      .reduce((sum, item) => sum + item.quantity, 0);
    expect(returned).toBeLessThanOrEqual(shippedSoFar.get(lineNumber) ?? 0);
  }
  expect(coversAllLines(after, shippedSoFar)).toBe(['SHIPPED', 'DELIVERED'].includes(after.status));
  const credited = after.creditNotes.map(({ total, goods, discount, shipping, tax }) => {
    expect(total).toBe(goods - discount + shipping + tax);
    expect(Math.min(total, goods, discount, shipping, tax)).toBeGreaterThanOrEqual(0);
    return total;
  });
  const creditedInAll = credited.reduce((sum, total) => sum + total, 0);
  expect(creditedInAll).toBeLessThanOrEqual(after.total);
  if (after.status === 'CANCELLED') expect(creditedInAll).toBe(after.invoice ? after.total : 0);
  // What an invoice says never changes.
  for (const field of ['lineItems', 'discount', 'shipping', 'tax', 'total', 'billingAddress'] as const)
    expect(after[field]).toEqual(before[field]);
  if (before.invoice) expect(after.invoice).toBe(before.invoice);
}
