import { randomUUID } from 'node:crypto';
import { EXAMPLE_ORDER, MAX_QUOTE_LENGTH, QUOTE_TYPE } from '#libs/orders';
import type { Operation } from '../fuzz/values/openapi-values.ts';

/** A request that one caller sends again and again. */
export interface WorstRequest {
  readonly name: string;
  readonly method: string;
  /** May have parameters: `{orderId}`, `{batchId}`, `{commandId}` and `{subject}` of the offender; others become 1. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** May have `{quote}`, the offender's quote of `longOrder`, and `{quoteHeader}`, its first part. */
  readonly body?: string;
  /** Requests that are sent together on each connection, before any answer. Default: 1. */
  readonly together?: number;
}

/** 800 unknown fields in a hundred objects: the check in detail reports as much as it can. */
const manyErrors = JSON.stringify({
  lineItems: Array.from({ length: 100 }, () => Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`f${n}`, n]))),
});
const largestBody = JSON.stringify({ text: 'x'.repeat(250_000) });
const emptyLineItems = JSON.stringify({ lineItems: Array.from({ length: 1_000 }, () => ({})) });
const NDJSON = { 'content-type': 'application/x-ndjson' };

/** A batch whose rows are refused with as many errors as are kept. */
export const refusedBatch = (rows: number): string => `${manyErrors}\n`.repeat(rows);

/** A valid order of as many lines as an order may have, with the place of its quote. */
export function longOrder(): typeof EXAMPLE_ORDER & { quote: string } {
  const lineItems = Array.from({ length: 100 }, (_, n) => ({
    sku: `CLN-${n}`,
    name: 'Glass cleaner, 750 ml, '.repeat(8).trim(),
    quantity: 1,
    unitPrice: 100,
  }));
  const total = 10_000 + EXAMPLE_ORDER.shipping;
  const payment = { ...EXAMPLE_ORDER.payment, reference: `pi_${randomUUID()}`, amount: total };
  return { ...EXAMPLE_ORDER, lineItems, total, payment, quote: '{quote}' };
}

/** A quote as large as one may be, with a signature as long as a right one. */
const forgedQuote = (header: string): string => `${header}.${'A'.repeat(MAX_QUOTE_LENGTH - 400)}.${'A'.repeat(86)}`;
const unknownKey = Buffer.from(JSON.stringify({ alg: 'ES256', typ: QUOTE_TYPE, kid: 'x' })).toString('base64url');

/** The expensive inputs of some operations, beside those of every operation. */
const SPECIAL: Readonly<Record<string, (path: string) => Omit<WorstRequest, 'method'>[]>> = {
  'POST /v1/orders': (path) => [
    { name: 'orders without a token', path, headers: { authorization: '' }, body: JSON.stringify(longOrder()) },
    { name: 'orders of 100 lines', path, body: JSON.stringify(longOrder()) },
    {
      name: 'orders with quotes of unknown keys',
      path,
      body: JSON.stringify({ ...EXAMPLE_ORDER, quote: forgedQuote(unknownKey) }),
    },
    {
      name: 'orders with the largest forged quotes',
      path,
      body: JSON.stringify({ ...EXAMPLE_ORDER, quote: forgedQuote('{quoteHeader}') }),
    },
    { name: 'orders whose quotes differ', path, body: JSON.stringify({ ...EXAMPLE_ORDER, quote: '{quote}' }) },
    {
      name: 'orders that wait',
      path,
      headers: { prefer: 'wait=10' },
      body: JSON.stringify(longOrder()),
    },
  ],
  'POST /v1/order-batches': (path) => [
    { name: 'batches of 1,000 rows with errors', path, headers: NDJSON, body: refusedBatch(1_000) },
    {
      name: 'batches of 1,000 rows of 1,000 empty items',
      path,
      headers: NDJSON,
      body: `${emptyLineItems}\n`.repeat(1_000),
    },
    {
      name: 'batches of 500 orders of 100 lines',
      path,
      headers: NDJSON,
      body: `${JSON.stringify(longOrder())}\n`.repeat(500),
    },
  ],
  'GET /v1/orders': (path) => [
    { name: 'lists of a hundred orders', path: `${path}?limit=100&customerId={subject}` },
    { name: 'pipelined lists', path: `${path}?customerId={subject}`, together: 20 },
    { name: 'lists with a filter', path: `${path}?limit=100&status=CANCELLED&channel=RETAIL&customerId={subject}` },
  ],
  'GET /v1/orders/{orderId}/invoice': (path) => [
    { name: 'invoices as PDF', path, headers: { accept: 'application/pdf' } },
  ],
};

/** Requests without an operation. */
export const DOCUMENTS: readonly WorstRequest[] = ['/openapi.json', '/docs/swagger-ui-bundle.js', '/nothing'].map(
  (path) => {
    return { name: `GET ${path} without a token`, method: 'GET', path, headers: { authorization: '' } };
  },
);

/** The worst requests of an operation of `/openapi.json`, with the parameters in their paths. */
export function worstRequestsOf({ method, path }: Operation): WorstRequest[] {
  const name = `${method} ${path}`;
  const usual =
    method === 'POST'
      ? [
          { name: `${name}, many errors`, path, body: manyErrors },
          { name: `${name}, 1,000 empty line items`, path, body: emptyLineItems },
          { name: `${name}, 250 KB`, path, body: largestBody },
        ]
      : [{ name, path }];
  return [...usual, ...(SPECIAL[name]?.(path) ?? [])].map((request) => ({ method, ...request }));
}
