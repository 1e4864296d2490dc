import { IsEmail } from 'class-validator';
import * as fc from 'fast-check';
import { CHANGE_REQUESTS, ReasonRequest } from './change-request.ts';
import { ChangeOrderCommand, parseChangeOrderCommand } from './change-order-command.ts';
import { checkShape, validated } from './validation.ts';
import { fastCheckOf } from './fast-shape-check.ts';
import { type LineItem, OrderSubmission } from './order-request.ts';
import { PlaceOrderCommand } from './place-order-command.ts';
import { RecordBatchCommand } from './record-batch-command.ts';
import { aPlaceOrderCommand, anOrderRequest, aWholesaleRequest } from '../../orders/src/testing/order-factory.ts';
import { runs } from '../../../test/harness/rounds.ts';

class Contact {
  @IsEmail()
  email!: string;
}

type Json = Record<string, unknown>;
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Names at the limits of the rules, and beyond them. */
const orderTexts = [
  'Ada',
  'é',
  '\uFE0F',
  '\uFE0Fa',
  'a\uFE0F',
  'a\uFE0F'.repeat(100),
  'a\uFE0F'.repeat(101),
  '😀'.repeat(200),
  ' a',
  'a ',
  'a\u2028b',
  '\uD800',
  '',
  'x'.repeat(201),
  ...'\u061C\u200E\u200F\u202A\u202E\u2066\u2069'.split('').map((control) => `a${control}b`),
  ...'\u00A0\u00AD\u115F\u200B\u2060\u2800\u3000\u3164\uFEFF\u{E0001}'.match(/./gsu)!,
  '\u200B\u3164',
  'a\u200Db\u00A0c',
];
const texts = fc.oneof(
  fc.constantFrom(
    ...orderTexts,
    '',
    ' a',
    'a ',
    'EUR',
    'eur',
    'DE',
    'ZZ',
    'RETAIL',
    'a\uFE0F'.repeat(200),
    'x'.repeat(201),
    '__proto__',
  ),
  fc.constantFrom('a\u0000', 'a\u2028b', '\uD800', '\uFFFF', '😀'.repeat(200), 'é', '2026-01-02T03:04:05.678Z'),
  fc.string({ unit: 'grapheme', maxLength: 210 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const numbers = fc.oneof(
  fc.constantFrom(0, -0, -1, 1, 0.5, 10_000, 10_001, 100_000_000, 100_000_001, 1e14, 1e14 + 1, 1e21, 1e-7),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const values = fc.oneof(
  texts,
  numbers,
  fc.constantFrom<unknown>(null, true, [], {}, [[]], [null], [{}], { a: [1] }),
  fc.jsonValue({ maxDepth: 4 }),
);
const names = fc.oneof(fc.constantFrom('line2', 'region', 'purchaseOrderNumber', '__proto__', 'toString', '0'), texts);

/** A change of one part of a document. The numbers are the path to the part. */
const changes = fc.record({
  path: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
  what: fc.oneof(
    { weight: 4, arbitrary: values.map((value) => ({ value })) },
    fc.constant('remove' as const),
    fc.constant('twice' as const),
    fc.tuple(names, values).map(([name, value]) => ({ name, value })),
  ),
});
type Change = typeof changes extends fc.Arbitrary<infer One> ? One : never;

function applyChange(document: unknown, { path, what }: Change): void {
  let parent = document as Json;
  let keys = Object.keys(parent);
  let key = keys[(path[0] as number) % keys.length] as string;
  for (const step of path.slice(1)) {
    const child = parent[key];
    if (typeof child !== 'object' || child === null || Object.keys(child).length === 0) break;
    parent = child as Json;
    keys = Object.keys(parent);
    key = keys[step % keys.length] as string;
  }
  if (what === 'remove') delete parent[key];
  else if (what === 'twice') parent[key] = [parent[key], asJson(parent[key])];
  // A list in JSON has elements only, and its `length` cannot be defined.
  else if (Array.isArray(parent) && 'name' in what) parent.push(asJson(what.value));
  else define(parent, 'name' in what ? what.name : key, asJson(what.value));
}

/** Defines any name as JSON.parse does, even `__proto__`. */
function define(parent: Json, name: string, value: unknown): void {
  Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
}

function changed(document: object, made: Change[]): object {
  const copy = asJson(document);
  for (const change of made) if (Object.keys(copy as Json).length > 0) applyChange(copy, change);
  return asJson(copy) as object;
}

const line = (quantity: number): LineItem => ({
  ...(anOrderRequest().lineItems[0] as LineItem),
  quantity,
});
const orders = [
  anOrderRequest(),
  aWholesaleRequest(500),
  { ...anOrderRequest(), lineItems: Array.from({ length: 12 }, (_, n) => line(n + 1)) },
  { ...anOrderRequest(), shippingAddress: { ...anOrderRequest().shippingAddress, line2: '2nd floor', region: 'BE' } },
  { ...anOrderRequest(), shippingAddress: { ...anOrderRequest().shippingAddress, line2: null, region: null } } as never,
];
const batchPart = {
  type: 'order-batch.record.v1',
  batchId: 'A'.repeat(26),
  part: 1,
  rows: [{ row: 1, orderId: 'A'.repeat(26) }],
  totals: { accepted: 1, refused: 0 },
  receivedAt: '2026-01-02T03:04:05.678Z',
  traceparent: 'x',
};
const item = { lineNumber: 1, quantity: 1 };
const changeCommand = {
  type: 'order.change.v1',
  commandId: 'c',
  name: 'cancel',
  orderId: 'A'.repeat(26),
  by: 'ada',
  roles: ['retail', 'operator'],
  receivedAt: '2026-01-02T03:04:05.678Z',
  traceparent: 'x',
  request: { reason: 'twice' },
};
const changeRequests = [
  {},
  { reason: 'twice' },
  { reason: null },
  { carrier: 'DHL', trackingNumber: 'JD-1', items: [item, item] },
];

/** Every class that is checked, with documents to begin with. */
const classes: [string, new () => object, object[]][] = [
  ['OrderSubmission', OrderSubmission, [...orders, { ...anOrderRequest(), customerId: 'cust-1', quote: 'e30.e30.AA' }]],
  ['PlaceOrderCommand', PlaceOrderCommand, orders.map((request) => aPlaceOrderCommand({ request }))],
  ['RecordBatchCommand', RecordBatchCommand, [batchPart]],
  ['ChangeOrderCommand', ChangeOrderCommand, [changeCommand]],
  ...Object.entries(CHANGE_REQUESTS).map(([name, type]): [string, new () => object, object[]] => [
    name,
    type,
    changeRequests,
  ]),
];

describe('checkShape', () => {
  it.each(classes)('answers for any %s what class-validator answers', (_, type, documents) => {
    const isSurelyValid = fastCheckOf(type);
    fc.assert(
      fc.property(fc.constantFrom(...documents), fc.array(changes, { maxLength: 3 }), (document, made) => {
        const input = changed(document, made);
        const authority = validated(type, input);
        if (isSurelyValid?.(input)) expect(authority).toHaveProperty('value');
        expect(asJson(checkShape(type, input))).toEqual(asJson(authority));
      }),
      runs(500),
    );
  });

  it('treats null in an optional field of a command as absent', () => {
    expect(checkShape(ReasonRequest, { reason: null })).toEqual({ value: {} });
    const command = {
      ...changeCommand,
      name: 'cancelOrder',
      orderId: '0'.repeat(26),
      returnId: null,
      request: { reason: null },
    };
    const { returnId: _, ...others } = command;
    expect(asJson(parseChangeOrderCommand(command))).toEqual({ ...others, request: {} });
  });

  it.each([OrderSubmission, PlaceOrderCommand])('accepts every valid %p by the fast check alone', (type) => {
    const documents = classes.find(([, one]) => one === type)?.[2] ?? [];
    expect(documents.map((document) => fastCheckOf(type)?.(document))).toEqual(documents.map(() => true));
  });

  it.each(orderTexts)('accepts %j as a name by the fast check exactly where class-validator does', (name) => {
    const order = { ...anOrderRequest(), billingAddress: { ...anOrderRequest().billingAddress, name } };
    expect(fastCheckOf(OrderSubmission)?.(order)).toBe('value' in validated(OrderSubmission, order));
  });

  it('leaves a class with rules that JSON Schema cannot state to class-validator', () => {
    expect(fastCheckOf(Contact)).toBeUndefined();
    expect(checkShape(Contact, { email: 'ada@example.com' })).toEqual({ value: { email: 'ada@example.com' } });
    expect(checkShape(Contact, { email: 'ada' })).toHaveProperty('errors');
  });
});
