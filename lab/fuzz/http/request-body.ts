import fc from 'fast-check';
import { priceOf } from '#libs/orders';
import { mutated } from '../values/json-mutations.ts';
import { type JsonNode, jsonText } from '../values/json-text.ts';
import { type Operation, type Schema, valuesOf } from '../values/openapi-values.ts';
import { weighted } from '../values/unexpected-values.ts';

export interface RequestBody {
  readonly type: string;
  readonly bytes: Buffer;
}

const NDJSON = 'application/x-ndjson';
/** The rows of a large batch, which has more than two parts of twenty. */
const LONG_BATCH_ROWS = 45;
const OVER_256_KB = 300_000;

interface Amounts {
  lineItems: { quantity: number; unitPrice: number; tax?: number }[];
  discount: number;
  shipping: number;
  tax: number;
  shippingTax?: number;
  channel: string;
  purchaseOrderNumber?: string;
  customerId?: string;
  quote?: string;
}

/** Bodies that the document allows. In three of four the sums are corrected, without which the api accepts no order. */
function orders(schema: Schema, schemas: Readonly<Record<string, Schema>>): fc.Arbitrary<JsonNode> {
  return fc.tuple(valuesOf(schema, schemas), fc.nat(3)).map(([order, draw]) => (draw === 0 ? order : summed(order)));
}

function summed(order: JsonNode): JsonNode {
  const { channel, purchaseOrderNumber: _po, shippingTax: _tax, ...others } = order as unknown as Amounts;
  // Without a checkout's token and a shop's signature, these would refuse every order.
  const { customerId: _customer, quote: _quote, ...rest } = others;
  const lineItems = rest.lineItems.map(({ tax: _taxOfLine, ...line }) => line);
  const goods = priceOf(lineItems);
  const { shipping } = rest;
  const discount = Math.min(rest.discount, goods);
  const tax = Math.min(rest.tax, Math.floor((goods - discount + shipping) / 4));
  const total = goods - discount + shipping + tax;
  const { payment } = rest as unknown as { payment: object };
  return {
    ...rest,
    ...(channel === 'WHOLESALE' && { purchaseOrderNumber: 'PO-1' }),
    lineItems,
    discount,
    shipping,
    tax,
    channel,
    total,
    payment: { ...payment, amount: total },
  };
}

/** Bodies of an operation, mutated in their values and in their bytes; mostly undefined for an operation without a body. */
export function bodies(
  operation: Operation,
  schemas: Readonly<Record<string, Schema>>,
): fc.Arbitrary<RequestBody | undefined> {
  const content = Object.entries(operation.requestBody?.content ?? {});
  if (content.length === 0) {
    const body = fc.oneof(mutated(fc.constant<JsonNode>({})), fc.constant<JsonNode>({})).map((node) => jsonBody(node));
    return weighted([3, fc.constant(undefined)], [1, altered(body)]);
  }
  const ofSchema = content.map(([type, { schema }]): fc.Arbitrary<RequestBody> => {
    const order = orders(schemas['OrderRequest']!, schemas);
    if (schema.$ref?.endsWith('/OrderRequest')) return mutated(order, 2, 4).map(jsonBody);
    if (type === NDJSON) return rows(order).map((all) => ({ type, bytes: Buffer.from(all.join('\n')) }));
    if (schema.type === 'array') return rows(order).map((all) => ({ type, bytes: Buffer.from(`[${all.join(',')}]`) }));
    return mutated(valuesOf(schema, schemas), 2, 4).map(jsonBody);
  });
  return altered(fc.oneof(...ofSchema));
}

function rows(order: fc.Arbitrary<JsonNode>): fc.Arbitrary<string[]> {
  const row = mutated(order, 1, 6).map(jsonText);
  const few = fc.array(row, { maxLength: 4 });
  const many = fc.array(order.map(jsonText), { minLength: LONG_BATCH_ROWS, maxLength: LONG_BATCH_ROWS });
  return weighted([30, few], [1, many]);
}

function jsonBody(node: JsonNode): RequestBody {
  return { type: 'application/json', bytes: Buffer.from(jsonText(node)) };
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
type Alteration = (bytes: Buffer, at: number) => Buffer;

/** Changes of bytes that no change of a value causes. */
const alterations: Alteration[] = [
  (bytes, at) => bytes.subarray(0, at % (bytes.length + 1)),
  (bytes, at) => inserted(bytes, at, Buffer.from([0xff])),
  (bytes, at) => inserted(bytes, at, Buffer.from([0x00])),
  (bytes, at) => inserted(bytes, at, Buffer.from([0xed, 0xa0, 0x80])),
  (bytes, at) => inserted(bytes, at, Buffer.from([0xc0, 0xaf])),
  (bytes, at) => inserted(bytes, at, Buffer.from('\n')),
  (bytes, at) => inserted(bytes, at, Buffer.from([at % 256])),
  (bytes) => Buffer.concat([BOM, bytes]),
  (bytes) => Buffer.concat([bytes, bytes]),
  (bytes) => Buffer.concat([bytes, Buffer.from(' x')]),
  (bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le'),
  () => Buffer.alloc(0),
  () => Buffer.from('"'),
  () => Buffer.from('null'),
  () => Buffer.from('[1,2'),
  (bytes, at) =>
    at % 4 === 0 ? Buffer.concat([bytes, Buffer.alloc(OVER_256_KB, ' ')]) : Buffer.from(bytes.toReversed()),
];

function inserted(bytes: Buffer, at: number, piece: Buffer): Buffer {
  const place = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, place), piece, bytes.subarray(place)]);
}

function altered(body: fc.Arbitrary<RequestBody>): fc.Arbitrary<RequestBody> {
  const alteration = weighted([6, fc.constant(undefined)], [1, fc.constantFrom(...alterations)]);
  return fc
    .tuple(body, alteration, fc.nat(3_000))
    .map(([{ type, bytes }, alter, at]) => ({ type, bytes: alter ? alter(Buffer.from(bytes), at) : bytes }));
}
