import fc from 'fast-check';
import { allowedCommands, decideChange } from './decide-change.ts';
import { orderEvent } from './order-event.ts';
import type { CommandName } from './order-lifecycle.ts';
import { orderVersions } from './order-versions.ts';
import type { StoredOrder } from './order.ts';
import { placeOrder } from './place-order.ts';
import { ROLES } from './roles.ts';
import { aChange } from './testing/change-factory.ts';
import { anOrderRequest, aPlaceOrderCommand, aWholesaleRequest, shopRules } from './testing/order-factory.ts';
import { runs } from '../../../test/harness/rounds.ts';

const rules = shopRules(1_000);
const origin = { typePrefix: 'com.example.orders', source: '/orders' };
const anyone = { subject: 'staff-1', roles: [...ROLES] };

/** Picks one of the possible commands, the shipment or return that it names, and a quantity. */
const anyStep = fc.record({
  pick: fc.nat(),
  part: fc.integer({ min: 1, max: 3 }),
  quantity: fc.integer({ min: 1, max: 2 }),
});
type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

const anyLife = fc.record({
  wholesale: fc.boolean(),
  steps: fc.array(anyStep, { minLength: 3, maxLength: 50 }),
  /** Workers are fast, and several: changes may have the same time. */
  millisecondsApart: fc.constantFrom(0, 1, 1_000),
});

function firstVersion(wholesale: boolean): StoredOrder {
  const lineItems = [{ sku: 'S', name: 'N', quantity: 20, unitPrice: 1_000 }];
  const payment = { provider: 'p', reference: 'r', amount: 20_490 };
  const retail = anOrderRequest({ lineItems, total: 20_490, payment });
  const request = wholesale ? { ...retail, channel: 'WHOLESALE' as const, purchaseOrderNumber: 'PO-1' } : retail;
  return placeOrder(aPlaceOrderCommand({ request }), rules, timeOf(0));
}

/** Every version that an order had, as the worker wrote it. */
function livedVersions({
  wholesale,
  steps,
  millisecondsApart,
}: typeof anyLife extends fc.Arbitrary<infer L> ? L : never) {
  const versions = [firstVersion(wholesale)];
  for (const step of steps) {
    const order = versions.at(-1) as StoredOrder;
    const decision = decideChange(order, commandOf(order, step), rules, timeOf(versions.length * millisecondsApart));
    if (decision.outcome === 'CHANGED') versions.push(decision.order);
  }
  return versions.map(stored);
}

function commandOf(order: StoredOrder, { pick, part, quantity }: Step) {
  const allowed = allowedCommands(order, anyone);
  const ends = order.status !== 'PARTIALLY_SHIPPED' || pick % 5 !== 0 ? ['cancelOrder', 'rejectOrder'] : [];
  const onward = allowed.filter((name) => !ends.includes(name));
  // Now and then the end, else the walk would seldom get far.
  const choice = onward.length === 0 || pick % 40 === 0 ? allowed : onward;
  const name = choice[pick % choice.length] ?? ('cancelOrder' satisfies CommandName);
  const request = { items: [{ lineNumber: 1, quantity }], reason: 'r', carrier: 'c', trackingNumber: 't' };
  return aChange(order, name, request as never, {
    by: anyone.subject,
    roles: anyone.roles,
    ...(name === 'deliverShipment' && { shipmentId: String(part) }),
    ...(/^(approve|decline|receive|close)Return$/.test(name) && { returnId: String(part) }),
  });
}

/** The order as read from the table. */
function stored(order: StoredOrder): StoredOrder {
  return JSON.parse(JSON.stringify(order)) as StoredOrder;
}

function timeOf(milliseconds: number): string {
  return new Date(Date.UTC(2026, 0, 2, 3, 4, 6) + milliseconds).toISOString();
}

function withoutPartIds(order: StoredOrder): StoredOrder {
  return { ...order, history: order.history.map(({ shipmentId: _shipment, returnId: _return, ...entry }) => entry) };
}

const eventsOf = (versions: readonly StoredOrder[]) =>
  versions.map((order, position) => orderEvent(order, versions[position - 1], origin));
const rebuilt = (order: StoredOrder) => {
  const { versions, complete } = orderVersions(order);
  return { complete, events: versions.map((version) => orderEvent(version.order, version.previous, origin)) };
};

describe('orderVersions', () => {
  it('rebuilds every version of any order exactly as it was', () => {
    let longest = 0;
    let restsCancelled = 0;
    fc.assert(
      fc.property(anyLife, (life) => {
        const versions = livedVersions(life);
        expect(orderVersions(versions.at(-1)!).versions.map(({ order }) => order)).toEqual(versions);
        expect(rebuilt(versions.at(-1)!)).toEqual({ complete: true, events: eventsOf(versions) });
        longest = Math.max(longest, versions.length);
        if (versions.at(-1)!.cancelledItems) restsCancelled += 1;
      }),
      runs(200, 50),
    );
    expect(longest).toBeGreaterThan(6);
    expect(restsCancelled).toBeGreaterThan(0);
  });

  it('rebuilds an order whose history names no shipment or return where it can, and always the newest version', () => {
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(anyLife, (life) => {
        const versions = livedVersions(life);
        const { complete, events } = rebuilt(withoutPartIds(versions.at(-1)!));
        seen.add(complete);
        expect(events).toEqual(complete ? eventsOf(versions) : eventsOf(versions).slice(-1));
      }),
      runs(200, 50),
    );
    expect(seen).toEqual(new Set([true, false]));
  });

  it('returns only the newest version of an order that its history does not lead to', () => {
    const versions = livedVersions({
      wholesale: false,
      millisecondsApart: 1,
      steps: [
        { pick: 1, part: 1, quantity: 1 },
        { pick: 1, part: 1, quantity: 1 },
      ],
    });
    expect(versions.map(({ status }) => status)).toEqual(['CONFIRMED', 'IN_FULFILLMENT', 'PARTIALLY_SHIPPED']);
    // An operator has changed the item by hand.
    const fixed = { ...versions.at(-1)!, returnStatus: 'PARTIAL' as const };
    expect(rebuilt(fixed)).toEqual({
      complete: false,
      events: eventsOf([...versions.slice(0, -1), fixed]).slice(-1),
    });
  });

  it('rebuilds an order whose version was raised, as after a restore, with the versions before and after', () => {
    const steps = [1, 1, 1].map((part) => ({ pick: 1, part, quantity: 1 }));
    const versions = livedVersions({ wholesale: false, millisecondsApart: 1, steps: steps.slice(0, 2) });
    const raised = { ...versions.at(-1)!, version: 100 };
    const newest = orderEvent(raised, versions.at(-2), origin);
    expect(newest).toMatchObject({ sequence: '0000000100', data: { previousStatus: 'IN_FULFILLMENT' } });
    expect(rebuilt(raised)).toEqual({ complete: false, events: [newest] });

    const decision = decideChange(raised, commandOf(raised, steps[2]!), rules, timeOf(9));
    const later = stored((decision as { order: StoredOrder }).order);
    const { complete, events } = rebuilt(later);
    expect(complete).toBe(true);
    expect(events).toEqual([...eventsOf(versions), orderEvent(later, raised, origin)]);
  });

  it.each([
    ['no history', { history: undefined }],
    ['a status that its history does not lead to', { status: 'SHIPPED' }],
  ])('returns no version of an order with %s', (_, changes) => {
    const order = {
      ...placeOrder(aPlaceOrderCommand({ request: aWholesaleRequest(1) }), rules, timeOf(0)),
      ...changes,
    };
    expect(orderVersions(order as StoredOrder)).toEqual({ versions: [], complete: false });
  });
});
