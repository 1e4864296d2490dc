import fc from 'fast-check';
import { CHANNELS, ORDER_STATUSES } from '#libs/orders';
import { lineless, unexpectedText, weighted } from '../values/unexpected-values.ts';
import { type OpenApi, type Operation, operationsOf, type Schema } from '../values/openapi-values.ts';
import { type FuzzRequest, shown } from './fuzz-request.ts';
import { bodies, type RequestBody } from './request-body.ts';
import { authorization, contentTypes, type Header, hosts, otherHeaders, valueOfHeader } from './request-head.ts';
import { methods, unexpectedSegment, unmatchedRequests } from './request-target.ts';

const ORDERS_KEPT = 64;

/** The weights of operations. Default: 1. */
const weights: Readonly<Record<string, number>> = {
  'POST /v1/orders': 6,
  'GET /v1/orders': 4,
  'POST /v1/order-batches': 2,
  'GET /v1/orders/{orderId}/invoice': 2,
};

/** Requests that the document describes, and others. */
export function requests(document: OpenApi): fc.Arbitrary<FuzzRequest> {
  const operations = operationsOf(document);
  const described = operations.map((operation) => ({
    arbitrary: requestsOf(operation, document.components.schemas),
    weight: weights[`${operation.method} ${operation.path}`] ?? 1,
  }));
  const weight = Math.ceil(described.reduce((sum, one) => sum + one.weight, 0) / 12);
  return fc.oneof(...described, { arbitrary: unmatchedRequests(operations), weight }).map(shown);
}

function requestsOf(operation: Operation, schemas: Readonly<Record<string, Schema>>): fc.Arbitrary<FuzzRequest> {
  const headers = operation.parameters.filter((parameter) => parameter.in === 'header').map(headerOf);
  return fc
    .record({
      method: weighted([30, fc.constant(operation.method)], [1, methods]),
      target: targets(operation),
      authorization,
      headers: fc.tuple(...headers),
      accept: operation.path.endsWith('invoice')
        ? fc.constantFrom<Header[]>([], [['accept', 'application/pdf']])
        : fc.constant([]),
      others: otherHeaders,
      body: operation.method === 'POST' ? bodies(operation, schemas) : fc.constant(undefined),
      type: weighted([14, fc.constant(undefined)], [1, contentTypes]),
      chunked: fc.nat(9).map((draw) => draw === 0),
      host: hosts,
    })
    .map(({ method, target, body, type, chunked, host, ...rest }) => ({
      method,
      target: lineless(target),
      headers: [
        ...host,
        ...rest.authorization,
        ...rest.headers.flat(),
        ...rest.accept,
        ...typeOf(body, type),
        ...rest.others,
      ],
      ...(body && { body: body.bytes, chunked }),
    }));
}

function typeOf(body: RequestBody | undefined, type: string | undefined): Header[] {
  const value = type ?? body?.type;
  return value === undefined ? [] : [['content-type', value]];
}

/** A header once, rarely not at all or twice. */
function headerOf({ name, required }: { name: string; required: boolean }): fc.Arbitrary<Header[]> {
  const one = valueOfHeader(name).map((value): Header[] => [[name, value]]);
  return weighted(
    [required ? 16 : 3, one],
    [required ? 1 : 6, fc.constant<Header[]>([])],
    [1, fc.tuple(one, one).map(([a, b]) => [...a, ...b])],
  );
}

/** A path with its parameters, and mostly a query if one is described. */
function targets({ path, parameters }: Operation): fc.Arbitrary<string> {
  const parts = path
    .split('/')
    .slice(1)
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      return name === undefined ? fc.constant(part) : weighted([9, ids(name)], [1, unexpectedSegment]);
    });
  const query = parameters.filter((parameter) => parameter.in === 'query');
  const queries =
    query.length > 0
      ? fc.array(pairs(query), { maxLength: 4 })
      : weighted([15, fc.constant<string[]>([])], [1, fc.array(pairs(query), { minLength: 1, maxLength: 2 })]);
  return fc
    .tuple(fc.tuple(...parts), queries)
    .map(([segments, pairs]) => `/${segments.join('/')}${pairs.length > 0 ? '?' : ''}${pairs.join('&')}`);
}

function ids(name: string): fc.Arbitrary<string> {
  if (name === 'orderId') return fc.nat(ORDERS_KEPT - 1).map((n) => `{{order:${n}}}`);
  if (name === 'batchId') return fc.nat(ORDERS_KEPT - 1).map((n) => `{{batch:${n}}}`);
  if (name === 'commandId') return fc.nat(ORDERS_KEPT - 1).map((n) => `{{command:${n}}}`);
  return fc.constantFrom('1', '2', '3', '10');
}

function pairs(described: readonly { readonly name: string; readonly schema: Schema }[]): fc.Arbitrary<string> {
  const values = fc.oneof(
    fc.constantFrom('1', '20', '100', '{{cursor:1}}', '{{cursor:2}}', ...ORDER_STATUSES, ...CHANNELS),
    fc.constantFrom(
      '2026-11-24T00:00:00Z',
      '1970-01-01',
      '9999-12-31T23:59:59.999Z',
      '2026-02-30',
      '2026-01-01T00:00:00+23:59',
      '0000-00-00',
      '-1',
      '1e2',
      '',
    ),
    fc
      .tuple(
        fc.constantFrom('0000000000000000', 'ZZZZZZZZZZZZZZZZ'),
        fc.constantFrom('2026-01-01T00:00:00.000Z', '-'.repeat(20), '9'.repeat(30), ':'.repeat(24)),
      )
      .map((cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url')),
    fc.constantFrom('{{subject:all}}', '{{subject:retail}}', 'nobody'),
    unexpectedSegment,
    unexpectedText.map((text) => encodeURIComponent(text.toWellFormed())),
  );
  const names = described.map(({ name }) => name);
  const name = weighted(
    [12, fc.constantFrom(...names, 'limit', 'status')],
    [
      1,
      fc.constantFrom('__proto__', 'constructor', 'toString', 'limit[]', 'limit[a]', '', '%', 'x'.repeat(200), '%00'),
    ],
  );
  return fc.tuple(name, fc.constantFrom('=', '=', '=', '=', '', '==', '[]='), values).map((pair) => pair.join(''));
}
