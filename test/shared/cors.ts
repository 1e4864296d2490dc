import { randomUUID } from 'node:crypto';
import { anOrderRequest } from '../../libs/orders/src/testing/order-factory.ts';
import type { Pipeline } from '../harness/pipeline.ts';
import { SHOP, TILL } from './settings.ts';

/** The request that a browser sends before a request that a form could not make. */
function preflight(url: string, origin: string, headers: string): Promise<Response> {
  const requested = { 'access-control-request-method': 'POST', 'access-control-request-headers': headers };
  return fetch(`${url}/v1/orders`, { method: 'OPTIONS', headers: { origin, ...requested } });
}

/** The names that a header lists, in lower case. */
function named(headers: Headers, header: string): string[] {
  return (headers.get(header) ?? '').split(',').map((name) => name.trim().toLowerCase());
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly headers?: object }>>;
}

export function corsTests(running: () => Pipeline): void {
  let pipeline: Pipeline;
  let token: string;

  beforeAll(async () => {
    pipeline = running();
    token = await pipeline.token(`cust-${randomUUID()}`);
  });

  it.each([SHOP, TILL])('at %s may send an order, with one preflight request in two hours', async (origin) => {
    const { status, headers } = await preflight(pipeline.url, origin, 'authorization,content-type,idempotency-key');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(named(headers, 'access-control-allow-methods')).toEqual(['get', 'head', 'post']);
    expect(named(headers, 'access-control-allow-headers')).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'idempotency-key']),
    );
    expect(headers.get('access-control-max-age')).toBe('7200');
    expect(named(headers, 'vary')).toContain('origin');
    expect(headers.get('trace-id')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('may send what clients of event streams and of tracing send', async () => {
    const headers = ['authorization', 'baggage', 'cache-control', 'last-event-id', 'traceparent', 'tracestate'];
    const answer = await preflight(pipeline.url, SHOP, headers.join(','));
    expect(named(answer.headers, 'access-control-allow-headers')).toEqual(expect.arrayContaining(headers));
  });

  it('may read every answer', async () => {
    const placed = await pipeline.place(token, anOrderRequest(), randomUUID(), { origin: SHOP });
    const refused = await pipeline.place(token, {}, randomUUID(), { origin: SHOP });
    const anonymous = await pipeline.request('/v1/orders', undefined, { headers: { origin: SHOP } });
    const nowhere = await pipeline.request('/v2/orders', token, { headers: { origin: SHOP } });
    expect([placed, refused, anonymous, nowhere].map(({ status }) => status)).toEqual([202, 400, 401, 404]);
    for (const { headers } of [placed, refused, anonymous, nowhere]) {
      expect(headers.get('access-control-allow-origin')).toBe(SHOP);
      expect(named(headers, 'vary')).toContain('origin');
      // The page sends a token; the browser never sends a cookie.
      expect(headers.has('access-control-allow-credentials')).toBe(false);
    }
  });

  it('may send and read every header of every operation', async () => {
    const { body } = await pipeline.request<{ paths: Record<string, Record<string, Operation>> }>('/openapi.json');
    const operations = Object.values(body.paths).flatMap((path) => Object.values(path));
    const parameters = operations.flatMap((operation) => operation.parameters ?? []);
    const sent = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name.toLowerCase());
    const answers = operations.flatMap(({ responses }) => Object.values(responses));
    const answered = answers.flatMap(({ headers = {} }) => Object.keys(headers)).map((name) => name.toLowerCase());
    const { headers } = await preflight(pipeline.url, SHOP, 'authorization');
    expect(named(headers, 'access-control-allow-headers')).toEqual(expect.arrayContaining(sent));
    const page = await pipeline.request('/v1/orders', token, { headers: { origin: SHOP } });
    expect(named(page.headers, 'access-control-expose-headers')).toEqual(
      expect.arrayContaining([...answered, 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after']),
    );
  });

  it('gets an invoice that varies with Accept and Origin', async () => {
    const orderId = await pipeline.accepted(token, anOrderRequest());
    await pipeline.decided(token, orderId);
    const invoice = await pipeline.request(`/v1/orders/${orderId}/invoice`, token, { headers: { origin: SHOP } });
    expect(invoice.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(named(invoice.headers, 'vary')).toEqual(expect.arrayContaining(['accept', 'origin']));
  });

  it('reads the feed of an order', async () => {
    const orderId = await pipeline.accepted(token, anOrderRequest());
    const ended = new AbortController();
    const { headers } = await fetch(`${pipeline.url}/v1/orders/${orderId}/events`, {
      headers: { origin: SHOP, authorization: `Bearer ${token}` },
      signal: ended.signal,
    });
    ended.abort();
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(headers.get('access-control-allow-origin')).toBe(SHOP);
  });

  it.each(['https://shop.example.com.evil.example', 'http://shop.example.com', 'https://shop.example.com:444', 'null'])(
    'at another origin, %s, may do nothing',
    async (origin) => {
      const { headers } = await preflight(pipeline.url, origin, 'authorization');
      expect(headers.has('access-control-allow-origin')).toBe(false);
      const page = await pipeline.request('/v1/orders', token, { headers: { origin } });
      expect(page.headers.has('access-control-allow-origin')).toBe(false);
    },
  );
}
