import fc from 'fast-check';
import type { Operation } from '../values/openapi-values.ts';
import { lineless, oneWordOf, weighted, wordsOf } from '../values/unexpected-values.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import { authorization, hosts, otherHeaders } from './request-head.ts';

/* Invalid targets and methods, and requests that no operation matches. */

/** Invalid values of a path parameter. */
export const unexpectedSegment: fc.Arbitrary<string> = fc.oneof(
  oneWordOf(
    '% %2 %FF %00 %2F %2f..%2f .. . %2e%2e %C0%AF %ED%A0%80 %F0%9F%98%80 [ ] [x] {x} | ^ ` " <a> \\ a;b=c a:b @ *',
  ),
  fc.constantFrom('', 'a b'),
  fc.constantFrom(
    'x'.repeat(900),
    'x'.repeat(1_001),
    'x'.repeat(9_000),
    '%41'.repeat(500),
    '0'.repeat(26),
    ...wordsOf('constructor __proto__ probe 1 0 -1 1e9 NaN 99999999999999999999'),
  ),
  fc
    .string({ unit: 'binary', maxLength: 20 })
    .filter((text) => text.isWellFormed())
    .map(encodeURIComponent),
  fc.array(fc.integer({ min: 0x21, max: 0xff }), { maxLength: 10 }).map((codes) => String.fromCharCode(...codes)),
);

export const methods = oneWordOf(
  'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE QUERY PROPFIND M-SEARCH PURGE LINK get BREW CONNECT',
);

/** Requests that no operation describes: other paths, other methods, similar paths. */
export function unmatchedRequests(operations: readonly Operation[]): fc.Arbitrary<FuzzRequest> {
  const near = fc
    .tuple(
      fc.constantFrom(...operations.map(({ path }) => path.replace('{orderId}', '{{order:1}}'))),
      fc.nat(11),
      unexpectedSegment,
    )
    .map(([path, kind, segment]) => nearTo(path, kind, segment));
  const served = fc.constantFrom(
    ...wordsOf('/docs /docs/ /docs/../package.json /docs/%2e%2e/%2e%2e/package.json /docs/..%2f..%2fpackage.json'),
    ...wordsOf('/docs/swagger-ui.css /docs/swagger-ui.css /docs/swagger-ui.css /docs/%00 /docs/% /docs// /docs-json'),
    ...wordsOf('/openapi.json /openapi.json/ /asyncapi.json /metrics / * // /.git/config'),
    ...wordsOf('http://evil/v1/orders http://[::1/v1/orders evil:443'),
    '',
  );
  return fc
    .record({
      method: weighted([1, methods], [2, fc.constantFrom('GET', 'POST')]),
      target: fc.oneof(
        near,
        served,
        unexpectedSegment.map((segment) => `/docs/${segment}`),
        unexpectedSegment,
        fc.webPath(),
      ),
      authorization,
      others: otherHeaders,
      host: hosts,
    })
    .map(({ method, target, host, authorization, others }) => ({
      method,
      target: lineless(target).replaceAll(' ', '%20'),
      headers: [...host, ...authorization, ...others],
    }));
}

function nearTo(path: string, kind: number, segment: string): string {
  const paths = [
    `${path}/`,
    `/${path}`,
    path.toUpperCase(),
    `${path}/${segment}`,
    `/${segment}${path}`,
    path.replace('/v1', '/v2'),
    path.replace('orders', '%6Frders'),
    `${path}#${segment}`,
    `${path};${segment}`,
    `${path}?${segment}`,
    path.replace('/', '/./'),
    `/v1/../${path}`,
  ];
  return paths[kind % paths.length]!;
}
