import { asciiJson } from './json-text.ts';
import { fingerprintOf } from './json-text.ts';
import { type OrderRequest, parsePlaceOrderCommand } from '#libs/order-requests';
import { partitionsOfLookup, partitionsOfWork } from './order-lists.ts';
import { placeOrder } from './place-order.ts';
import { anOrderRequest, aPlaceOrderCommand, aWholesaleRequest, shopRules } from './testing/order-factory.ts';

const NOW = '2026-01-02T03:04:06.000Z';
const rules = shopRules(1_000);

describe('placeOrder', () => {
  it.each([
    ['a retail order of any total', anOrderRequest(), 'CONFIRMED'],
    ['a wholesale order below the limit', aWholesaleRequest(999), 'CONFIRMED'],
    ['a wholesale order from the limit up', aWholesaleRequest(1_000), 'AWAITING_APPROVAL'],
  ])('decides %s', (_, request, status) => {
    expect(placeOrder(aPlaceOrderCommand({ request }), rules, NOW).status).toBe(status);
  });

  it.each<[string, Partial<OrderRequest>, string]>([
    ['of the channel RETAIL', anOrderRequest(), 'AWAITING_APPROVAL'],
    [
      'whose discount brings the total below the limit',
      { ...aWholesaleRequest(1_000), discount: 1_000 },
      'AWAITING_APPROVAL',
    ],
    ['whose shipping brings the total above the limit', { ...aWholesaleRequest(999), shipping: 500 }, 'CONFIRMED'],
    ['of 999 rupiah, with the limit of that currency', { ...aWholesaleRequest(99_900), currency: 'IDR' }, 'CONFIRMED'],
    [
      'of 1 dinar, with the limit of that currency',
      { ...aWholesaleRequest(1_000), currency: 'KWD' },
      'AWAITING_APPROVAL',
    ],
    ['in a currency without a limit', { ...aWholesaleRequest(1), currency: 'XCG' }, 'AWAITING_APPROVAL'],
  ])('decides an order of a wholesale customer %s', (_, changes, status) => {
    const command = aPlaceOrderCommand({ request: anOrderRequest(changes), isWholesaleCustomer: true });
    const limits = { EUR: 1_000, IDR: 17_000_000, KWD: 300 };
    expect(placeOrder(command, { ...rules, wholesaleApprovalLimit: limits }, NOW).status).toBe(status);
  });

  it('rejects an order whose payment is taken, with a reason and without an invoice', () => {
    const order = placeOrder(aPlaceOrderCommand(), rules, NOW, 'TAKEN');
    expect(order).toMatchObject({ status: 'REJECTED', version: 1 });
    expect(order).not.toHaveProperty('invoice');
    const reason = 'the payment already pays another order';
    expect(order.history).toEqual([expect.objectContaining({ event: 'rejected', reason })]);
  });

  it('creates version 1 with one history entry that names the caller, the time and the trace', () => {
    const command = aPlaceOrderCommand();
    const order = placeOrder(command, rules, NOW);
    expect(order).toMatchObject({ version: 1, placedAt: command.receivedAt, updatedAt: NOW });
    expect(order.history).toEqual([
      {
        version: 1,
        event: 'confirmed',
        fingerprint: order.fingerprint,
        at: NOW,
        by: 'cust-1',
        commandId: command.commandId,
        traceparent: command.traceparent,
      },
    ]);
  });
});

describe('a list of staff', () => {
  it('has several partitions, each with about as many orders', () => {
    const request = aWholesaleRequest(1_000);
    const orders = Array.from({ length: 800 }, () => placeOrder(aPlaceOrderCommand({ request }), rules, NOW));
    const counted = (key: 'work' | 'purchaseOrderKey' | 'paymentKey', partitions: string[]) =>
      partitions.map((partition) => orders.filter((order) => order[key] === partition).length);
    expect(Math.min(...counted('work', partitionsOfWork('AWAITING_APPROVAL')))).toBeGreaterThan(50);
    const numbers = counted('purchaseOrderKey', partitionsOfLookup('purchaseOrderNumber', 'PO-77'));
    expect(Math.min(...numbers)).toBeGreaterThan(50);
    const payments = counted('paymentKey', partitionsOfLookup('paymentReference', orders[0]!.payment.reference));
    expect(Math.min(...payments)).toBeGreaterThan(50);
  });
});

describe('asciiJson', () => {
  it('is the same document in ASCII', () => {
    const document = { name: '\u{20BB7}野 \u{1F9FC} Müller' };
    expect(asciiJson(document)).toMatch(/^[ -~]*$/);
    expect(JSON.parse(asciiJson(document))).toEqual(document);
  });
});

describe('fingerprintOf', () => {
  it('does not depend on the order of fields, and does on their values', () => {
    const request = anOrderRequest();
    const shuffled = Object.fromEntries(Object.entries(request).toReversed()) as typeof request;
    expect(fingerprintOf(shuffled)).toBe(fingerprintOf(request));
    expect(fingerprintOf({ ...request, tax: 1 })).not.toBe(fingerprintOf(request));
  });
});

describe('parsePlaceOrderCommand', () => {
  const document = (changes: object) => JSON.parse(JSON.stringify({ ...aPlaceOrderCommand(), ...changes })) as unknown;

  it('reads back what the api sends', () => {
    const command = aPlaceOrderCommand();
    expect(JSON.parse(JSON.stringify(parsePlaceOrderCommand(JSON.parse(JSON.stringify(command)))))).toEqual(command);
  });

  it.each([
    ['an order id of another form', { orderId: 'I'.repeat(26) }, '/orderId'],
    ['a missing request', { request: undefined }, '/request'],
    ['a request with a wrong sum', { request: { ...anOrderRequest(), total: 1 } }, '/request/total'],
    [
      'a discount above the goods',
      { request: { ...anOrderRequest(), discount: 2_599, tax: 2_599 } },
      '/request/discount',
    ],
    ['an unknown field', { secret: 1 }, '/secret'],
    ['a day that there is not', { receivedAt: '2026-02-30T00:00:00.000Z' }, '/receivedAt'],
    ['an hour that there is not', { receivedAt: '2026-01-02T24:61:00.000Z' }, '/receivedAt'],
  ])('refuses %s by its place', (_, changes, pointer) => {
    expect(() => parsePlaceOrderCommand(document(changes))).toThrow(
      expect.objectContaining({ code: 'MALFORMED_COMMAND', message: expect.stringContaining(pointer) }),
    );
  });
});
