import { creditNoteDocument, invoiceDocument } from './invoice-document.ts';
import { asciiJson } from './json-text.ts';
import { orderEvent } from './order-event.ts';
import { checkOrderRequest } from '#libs/order-requests';
import { placeOrder } from './place-order.ts';
import { publicOrder } from './public-order.ts';
import { eventChecker } from './testing/event-checker.ts';
import { everyStep } from './testing/order-life.ts';
import { anOrderRequest, aPlaceOrderCommand, aWholesaleRequest, shopRules } from './testing/order-factory.ts';

const origin = { typePrefix: 'com.example.orders', source: '/orders' };
const placed = (request = anOrderRequest()) =>
  placeOrder(aPlaceOrderCommand({ request }), shopRules(1_000), '2026-01-02T03:04:06.000Z');

/** SNS takes 256 KB in a message, attributes included. */
const SNS_LIMIT = 262_144;

describe('orderEvent', () => {
  it.each([
    ['confirmed', anOrderRequest()],
    ['awaiting_approval', aWholesaleRequest(1_000)],
  ])('describes %s according to its schema', (name, request) => {
    const event = orderEvent(placed(request), undefined, origin);
    expect(event.type).toBe(`com.example.orders.order.${name}.v1`);
    expect(eventChecker().errorsOf(event)).toEqual([]);
  });

  it('is identified and ordered by the version of its order', () => {
    const order = { ...placed(), version: 12 };
    const event = orderEvent(order, { ...order, status: 'AWAITING_APPROVAL' }, origin);
    expect(event).toMatchObject({ id: `${order.orderId}:12`, sequence: '0000000012', partitionkey: order.orderId });
    expect(event.data.previousStatus).toBe('AWAITING_APPROVAL');
  });

  it('has no payment and no field that only the service needs', () => {
    const event = JSON.stringify(orderEvent(placed(), undefined, origin));
    expect(event).not.toMatch(/pi_3Nx|payment|fingerprint|history|orderKey/);
  });

  it('fits into an SNS message for the largest order that is accepted, whatever it is written in', () => {
    const lineOf = (characters: number) => ({
      sku: 'S'.repeat(64),
      name: '\u{1F9FC}'.repeat(characters),
      quantity: 1,
      unitPrice: 0,
    });
    const requestOf = (characters: number) =>
      anOrderRequest({
        lineItems: Array.from({ length: 100 }, () => lineOf(characters)),
        total: 490,
        payment: { provider: 'stripe', reference: 'pi_3Nx', amount: 490 },
      });
    const accepted = [150, 155, 160, 200].filter((characters) => 'value' in checkOrderRequest(requestOf(characters)));
    expect(accepted).toEqual([150, 155]);
    const event = asciiJson(orderEvent(placed(requestOf(155)), undefined, origin));
    expect(event.length).toBeLessThan(SNS_LIMIT - 1_000);
  });
});

/** The value with fields that this service does not know, in every object. */
function withUnknownFields<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withUnknownFields) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).map(([name, part]) => [name, withUnknownFields(part)]);
  return { ...Object.fromEntries(known), fraudNote: 'x', 'aws:rep:updateregion': { by: 'x' } };
}

describe('what leaves the service', () => {
  it('has every field of the order, except what only the service needs', () => {
    for (const { after } of everyStep()) {
      const { orderKey: _key, fingerprint: _print, history: _history, ...published } = after;
      const {
        work: _work,
        openReturns: _open,
        paymentKey: _payment,
        purchaseOrderKey: _purchase,
        ...order
      } = published;
      expect(publicOrder(after)).toEqual(order);
    }
  });

  it('has no field that somebody else has written on the item, in whatever object', () => {
    for (const { before, after } of everyStep()) {
      const item = withUnknownFields(after);
      expect(orderEvent(item, before, origin)).toEqual(orderEvent(after, before, origin));
      expect(publicOrder(item)).toEqual(publicOrder(after));
      expect(invoiceDocument(item)).toEqual(invoiceDocument(after));
      expect(creditNoteDocument(item, '1')).toEqual(creditNoteDocument(after, '1'));
    }
  });
});
