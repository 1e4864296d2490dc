import fc from 'fast-check';
import { ROLES } from '#libs/orders';
import { unexpectedText, weighted, wordsOf } from '../values/unexpected-values.ts';

/* Valid and invalid headers. */

export type Header = readonly [string, string];

/** Mostly tokens of callers with the permission, sometimes of others, sometimes invalid ones. */
export const authorization: fc.Arbitrary<Header[]> = weighted(
  [4, fc.constantFrom('all', ...ROLES).map(bearer)],
  [16, fc.constant(bearer('all'))],
  [
    1,
    fc.constantFrom<Header[]>(
      [],
      [['authorization', '']],
      [['authorization', 'Bearer']],
      [['authorization', 'Bearer  ']],
      [['authorization', 'Basic eDp5']],
      [...bearer('all'), ...bearer('retail')],
      [['authorization', 'bearer {{token:all}}']],
      [['authorization', 'Bearer {{token:all}}x']],
      [['authorization', 'Bearer {{token:all}}.{{token:all}}']],
    ),
  ],
  [1, fc.oneof(forgedTokens(), unexpectedText).map((token): Header[] => [['authorization', `Bearer ${token}`]])],
);

function bearer(who: string): Header[] {
  return [['authorization', `Bearer {{token:${who}}}`]];
}

function encoded(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** Tokens of three parts, with headers that may confuse a verifier. `{{kid}}` is the id of the issuer's key. */
function forgedTokens(): fc.Arbitrary<string> {
  const alg = fc.constantFrom('RS256', 'PS256', 'ES256', 'EdDSA', 'HS256', 'none', 'RSA-OAEP', '', '__proto__', 1);
  const more = fc.constantFrom<object>(
    {},
    { crit: ['b64'], b64: false },
    { crit: [] },
    { crit: ['exp'] },
    { b64: false },
    { jwk: {} },
    { x5c: 1 },
    { jku: 'http://127.0.0.1:1/' },
    { kid: 1 },
    { kid: 'unknown' },
  );
  const header = fc.oneof(
    fc.tuple(alg, more).map(([alg, more]) => ({ alg, kid: '{{kid}}', ...more })),
    fc.jsonValue(),
    fc.string(),
  );
  const payload = fc.oneof(
    fc.constantFrom<unknown>({ sub: 'x', exp: 4_102_444_800 }, {}, [], null, 'x', { exp: 'x' }, { sub: {} }),
    fc.jsonValue(),
  );
  const signature = fc.constantFrom('', 'AAAA', encoded('x'.repeat(256)), '%%%', 'a b');
  return fc.tuple(header, payload, signature).map(([head, body, sign]) => {
    // The name is inside the base64, so such a header is encoded when it is sent.
    const text = typeof head === 'string' ? head : JSON.stringify(head);
    return text.includes('{{kid}}')
      ? `{{jose:${Buffer.from(text).toString('hex')}}}.${encoded(body)}.${sign}`
      : `${encoded(text)}.${encoded(body)}.${sign}`;
  });
}

/** Mostly valid values, by the name of the header. */
const goodValues: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'idempotency-key': weighted(
    [12, fc.uuid()],
    [1, fc.constantFrom('same-key', '"same-key"', 'a'.repeat(255), '0', '__proto__', 'constructor')],
  ),
  prefer: fc.constantFrom(
    ...wordsOf('wait=0 wait=1 respond-async wait="1" wait=-1 wait=1e9 wait='),
    'return=minimal; wait=1',
    'handling=lenient, wait=0',
  ),
  'if-match': fc.constantFrom('*', '"1"', '"2"', '"999999999"'),
  'last-event-id': fc.constantFrom('0', '1', '999999999', '-1', 'x'),
};

/** Values of a header that an operation describes. */
export function valueOfHeader(name: string): fc.Arbitrary<string> {
  return weighted([12, goodValues[name.toLowerCase()] ?? fc.string({ unit: 'grapheme-ascii' })], [1, unexpectedText]);
}

const others: Header[] = Object.entries({
  traceparent: [
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-00000000000000000000000000000000-0000000000000000-00',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x',
  ],
  tracestate: ['a=b'],
  expect: ['100-continue', 'something-else'],
  upgrade: ['websocket', 'h2c'],
  connection: ['upgrade', 'close', 'authorization'],
  te: ['trailers'],
  trailer: ['x'],
  range: ['bytes=0-1,5-'],
  'if-none-match': ['*'],
  'if-modified-since': ['never'],
  'if-unmodified-since': ['Thu, 01 Jan 1970 00:00:00 GMT'],
  accept: [
    ...wordsOf('application/pdf text/html;q=0 */*;q=0 ,;,=/;q=x'),
    'application/json;q=NaN, application/pdf;q=1e9',
  ],
  'accept-encoding': ['gzip, br, *;q=0'],
  'content-encoding': ['gzip', 'identity'],
  origin: ['null'],
  'access-control-request-method': ['POST'],
  'x-forwarded-for': ["' OR 1=1"],
  'x-forwarded-host': ['evil'],
  'x-http-method-override': ['DELETE'],
  cookie: ['__proto__=1; constructor=2'],
  ['__proto__']: ['x'],
  constructor: ['x'],
  'x-large': ['x'.repeat(20_000)],
}).flatMap(([name, values]) => values.map((value): Header => [name, value]));

/** Up to two headers that no operation describes. */
export const otherHeaders: fc.Arbitrary<Header[]> = weighted(
  [5, fc.constant<Header[]>([])],
  [2, fc.array(fc.constantFrom(...others), { minLength: 1, maxLength: 2 })],
  [
    1,
    fc
      .tuple(fc.constantFrom('accept', 'x-unexpected', 'traceparent', 'content-type', 'last-event-id'), unexpectedText)
      .map((header) => [header]),
  ],
);

export const hosts: fc.Arbitrary<Header[]> = weighted(
  [60, fc.constant<Header[]>([['host', 'api']])],
  [
    1,
    fc.constantFrom<Header[]>(
      [],
      [['host', '']],
      [
        ['host', 'a'],
        ['host', 'b'],
      ],
      [['host', '[::1']],
      [['host', 'x'.repeat(300)]],
    ),
  ],
);

export const contentTypes: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'application/json; charset=utf-8',
    'application/json ; ;=',
    'multipart/form-data; boundary=x',
    'application/json, text/plain',
    ...wordsOf('application/json;charset=utf-16 APPLICATION/JSON application/json; application/merge-patch+json'),
    ...wordsOf('application/x-json-stream application/x-ndjson application/jsonl application/x-www-form-urlencoded'),
    ...wordsOf('text/plain __proto__ */*'),
  ),
  unexpectedText,
);
