import fc from 'fast-check';
import { lineless } from '../values/odd-values.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { Operation } from './operations.ts';
import { authorization, otherHeaders } from './request-head.ts';
import { hosts, methods, oddSegment } from './request-target.ts';

/** What no operation describes: other paths, other methods, paths that are nearly those. */
export function strays(operations: readonly Operation[]): fc.Arbitrary<FuzzRequest> {
  const near = fc
    .tuple(
      fc.constantFrom(...operations.map(({ path }) => path.replace('{orderId}', '{{order:1}}'))),
      fc.nat(11),
      oddSegment,
    )
    .map(([path, kind, odd]) => nearTo(path, kind, odd));
  const served = fc.constantFrom(
    '/docs',
    '/docs/',
    '/docs/swagger-ui.css',
    '/docs/swagger-ui.css',
    '/docs/swagger-ui.css',
    '/docs/../package.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%00',
    '/docs/%',
    '/docs//',
    '/docs-json',
    '/openapi.json',
    '/openapi.json/',
    '/asyncapi.json',
    '/metrics',
    '/',
    '*',
    '',
    '//',
    '/.git/config',
    'http://evil/v1/orders',
    'http://[::1/v1/orders',
    'evil:443',
  );
  return fc
    .record({
      method: fc.oneof({ arbitrary: methods, weight: 1 }, { arbitrary: fc.constantFrom('GET', 'POST'), weight: 2 }),
      target: fc.oneof(
        near,
        served,
        oddSegment.map((odd) => `/docs/${odd}`),
        oddSegment,
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

function nearTo(path: string, kind: number, odd: string): string {
  const ways = [
    `${path}/`,
    `/${path}`,
    path.toUpperCase(),
    `${path}/${odd}`,
    `/${odd}${path}`,
    path.replace('/v1', '/v2'),
    path.replace('orders', '%6Frders'),
    `${path}#${odd}`,
    `${path};${odd}`,
    `${path}?${odd}`,
    path.replace('/', '/./'),
    `/v1/../${path}`,
  ];
  return ways[kind % ways.length]!;
}
