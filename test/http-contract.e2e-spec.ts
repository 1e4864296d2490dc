import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { OrderPage } from '#libs/order-store';
import { aFreshOrder, OrderIds } from '#libs/orders';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { anOrderRequest, aWholesaleRequest } from '../libs/orders/src/testing/order-factory.ts';
import { TARIFF } from '../apps/api/src/auth/tariff.ts';
import { type Answer, Pipeline } from './harness/pipeline.ts';

const QUOTA = 60;

interface Described {
  operationId: string;
  security: object[];
  tags: string[];
}

interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: { pointer: string; detail: string }[];
}

interface Document {
  servers: object[];
  tags: { name: string; description?: string }[];
  paths: Record<string, Record<string, Described>>;
  components: {
    schemas: Record<string, { properties: Record<string, { description?: string }> }>;
    securitySchemes: { bearer: { description: string } };
  };
}

/** The enums in a part of a document that have no type. */
function untypedEnums(part: unknown): unknown[] {
  if (typeof part !== 'object' || part === null) return [];
  const isUntyped = ('enum' in part || 'const' in part) && !('type' in part);
  return [...(isUntyped ? [part] : []), ...Object.values(part).flatMap(untypedEnums)];
}

function expectProblem({ status, headers, body }: Answer, kind: string, expected: number): ProblemBody {
  expect({ status, type: body['type'] }).toEqual({ status: expected, type: `urn:fargate-orders:problem:${kind}` });
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({ status: expected, title: expect.any(String), detail: expect.any(String) });
  expect(body['instance']).toMatch(/^\//);
  return body as unknown as ProblemBody;
}

describe('the HTTP contract', () => {
  let pipeline: Pipeline;
  let token: string;
  let incomplete: Promise<string>;

  beforeAll(async () => {
    pipeline = await Pipeline.start({ RATE_LIMIT_REQUESTS: String(QUOTA), RATE_LIMIT_WINDOW_SECONDS: '3600' });
    // The answer comes after 15 s, while other tests run.
    incomplete = placeIncompletely(await pipeline.token('cust-slow'));
  });

  beforeEach(async () => {
    token = await pipeline.token(`cust-${randomUUID()}`);
  });

  afterAll(() => pipeline.stop());

  describe('placing an order', () => {
    it('answers 202 with the URL of the order', async () => {
      const { status, headers, body } = await pipeline.place(token, anOrderRequest());
      expect(status).toBe(202);
      const self = `/v1/orders/${body['orderId'] as string}`;
      expect(body).toEqual({ orderId: expect.stringMatching(/^[0-9A-Z]{26}$/), status: 'PENDING', links: { self } });
      expect(headers.get('location')).toBe(self);
    });

    it('answers 400 to a body that is not JSON', async () => {
      const { errors } = expectProblem(await pipeline.place(token, '{"channel":'), 'invalid-request', 400);
      expect(errors?.[0]?.detail).toMatch(/^must be JSON: .*end of JSON/);
      expectProblem(await pipeline.place(token, ''), 'invalid-request', 400);
      expectProblem(await pipeline.place(token, '{"__proto__":{}}'), 'invalid-request', 400);
    });

    it('answers 400 to a body that is not UTF-8, and 415 to one that is compressed', async () => {
      const body = Buffer.from(JSON.stringify(anOrderRequest()).replace('Ada', '???'));
      body.fill(0xff, body.indexOf('???'), body.indexOf('???') + 3);
      const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
      const post = (more: object) =>
        pipeline.request('/v1/orders', token, { method: 'POST', headers: { ...headers, ...more }, body });
      expectProblem(await post({}), 'invalid-request', 400);
      expectProblem(await post({ 'content-encoding': 'gzip' }), 'unsupported-media-type', 415);
    });

    it('reports the type of a value before its range', async () => {
      const order = { ...anOrderRequest(), tax: '0', lineItems: {} };
      const { errors = [] } = expectProblem(await pipeline.place(token, order), 'invalid-request', 400);
      expect(errors.find(({ pointer }) => pointer === '/tax')?.detail).toBe('must be an integer number');
      expect(errors.find(({ pointer }) => pointer === '/lineItems')?.detail).toBe('must be an array');
    });

    it('answers 400 to bodies that are slow to check', async () => {
      const fields = Object.fromEntries(Array.from({ length: 20_000 }, (_, field) => [`f${field}`, 0]));
      expectProblem(await pipeline.place(token, fields), 'invalid-request', 400);
      expectProblem(
        await pipeline.place(token, `{"lineItems":${'['.repeat(9_000)}${']'.repeat(9_000)}}`),
        'invalid-request',
        400,
      );
    });

    it('accepts names in any script', async () => {
      const address = { ...anOrderRequest().shippingAddress, name: '\u{20BB7}野家 \u{1F9FC} Müller' };
      const orderId = await pipeline.accepted(token, anOrderRequest({ shippingAddress: address }));
      expect((await pipeline.decided(token, orderId)).body.shippingAddress.name).toBe(address.name);
    });

    it('answers 400 with every invalid field and header at once', async () => {
      const order = { ...anOrderRequest(), currency: 'EURO', coupon: 'X', tax: undefined };
      const answer = await pipeline.request('/v1/orders', token, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(order),
      });
      const { errors = [] } = expectProblem(answer, 'invalid-request', 400);
      expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual([
        '/coupon',
        '/currency',
        '/headers/idempotency-key',
        '/tax',
      ]);
    });

    it('answers 400 to a wrong sum', async () => {
      const { errors } = expectProblem(
        await pipeline.place(token, anOrderRequest({ total: 1 })),
        'invalid-request',
        400,
      );
      expect(errors?.[0]).toMatchObject({ pointer: '/total', detail: expect.stringContaining('3088') });
    });

    it.each(['', 'with blank', 'x'.repeat(256), '"half-quoted', 'per%cent'])(
      'answers 400 to the Idempotency-Key %j',
      async (key) => {
        expectProblem(await pipeline.place(token, anOrderRequest(), key), 'invalid-request', 400);
      },
    );

    it('treats a quoted and an unquoted Idempotency-Key as the same key', async () => {
      const key = randomUUID();
      const order = anOrderRequest();
      const unquoted = await pipeline.accepted(token, order, key);
      expect(await pipeline.accepted(token, order, `"${key}"`)).toBe(unquoted);
    });

    it('treats null in an optional field as absent', async () => {
      const key = randomUUID();
      const plain = anOrderRequest();
      const address = { ...plain.shippingAddress, line2: null };
      const order = { ...plain, shippingAddress: address, purchaseOrderNumber: null };
      const orderId = await pipeline.accepted(token, order, key);
      expect((await pipeline.decided(token, orderId)).body.shippingAddress).not.toHaveProperty('line2');
      const again = await pipeline.place(token, plain, key);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    });

    it('answers 403 to a retail caller who places a wholesale order', async () => {
      expectProblem(await pipeline.place(token, aWholesaleRequest(500)), 'forbidden', 403);
    });

    it('answers 403 to a caller that has no role to place orders', async () => {
      expectProblem(
        await pipeline.place(await pipeline.token('svc', 'accounting'), anOrderRequest()),
        'forbidden',
        403,
      );
    });

    it.each(['', '{}', '{"channel":'])(
      'answers 403 to a caller that has no role to place orders before it reads the body %j',
      async (body) => {
        const accounting = await pipeline.token('svc', 'accounting');
        expectProblem(await pipeline.place(accounting, body, 'with blank'), 'forbidden', 403);
      },
    );

    it('answers 401 to a caller without a token before it reads the body', async () => {
      expectProblem(await pipeline.place('', '{"channel":', 'with blank'), 'unauthenticated', 401);
    });

    it('answers 400 to a retail caller whose wholesale order is invalid', async () => {
      expectProblem(await pipeline.place(token, { ...aWholesaleRequest(500), total: 1 }), 'invalid-request', 400);
    });

    it('answers 413 to a body over 256 KB and 415 to one of another type', async () => {
      expectProblem(await pipeline.place(token, ' '.repeat(256 * 1_024 + 1)), 'too-large', 413);
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'application/xml',
        'application/json, text/plain',
        'x',
      ]) {
        const answer = await pipeline.place(token, 'a=1', randomUUID(), { 'content-type': type });
        expectProblem(answer, 'unsupported-media-type', 415);
      }
    });
  });

  describe('the token', () => {
    const claims = () => ({ sub: 'cust-1', roles: ['retail'] });
    const rejected = async (bearer: string | undefined) => {
      const answer = await pipeline.request('/v1/orders', bearer);
      expectProblem(answer, 'unauthenticated', 401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
    };

    it('must be present and complete', async () => {
      await rejected(undefined);
      await rejected('not-a-token');
      const [header, payload, signature] = token.split('.') as [string, string, string];
      const forged = Buffer.from(JSON.stringify({ ...claims(), roles: ['operator'] })).toString('base64url');
      await rejected([header, forged, signature].join('.'));
      await rejected([header, payload, `${signature.slice(0, -4)}AAAA`].join('.'));
    });

    it('must be signed by the issuer, not with `none` or by another party', async () => {
      const issuer = `http://127.0.0.1:${pipeline.ports.AUTH_PORT}`;
      const unsigned = new UnsecuredJWT(claims()).setIssuer(issuer).setAudience('orders-api').setExpirationTime('1h');
      await rejected(unsigned.encode());
      const { publicKey, privateKey } = await generateKeyPair('RS256');
      const [{ kid }] = ((await (await fetch(`${issuer}/.well-known/jwks.json`)).json()) as { keys: [{ kid: string }] })
        .keys;
      const foreign = () => new SignJWT(claims()).setIssuer(issuer).setAudience('orders-api').setExpirationTime('1h');
      await rejected(await foreign().setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey));
      const withOwnKey = foreign().setProtectedHeader({ alg: 'RS256', kid, jwk: await exportJWK(publicKey) });
      await rejected(await withOwnKey.sign(privateKey));
    });
  });

  describe('reading orders', () => {
    it("answers the same 404 for another customer's order and for an id that was never issued", async () => {
      const orderId = await pipeline.accepted(token, anOrderRequest());
      await pipeline.decided(token, orderId);
      const stranger = await pipeline.token(`cust-${randomUUID()}`);
      const foreign = expectProblem(await pipeline.request(`/v1/orders/${orderId}`, stranger), 'not-found', 404);
      const invented = new OrderIds(['another-signing-key-0123456789abcdefgh']).issue('x', 'y');
      const never = expectProblem(await pipeline.request(`/v1/orders/${invented}`, stranger), 'not-found', 404);
      expect(foreign.detail.replace(orderId, 'ID')).toBe(never.detail.replace(invented, 'ID'));
      expectProblem(await pipeline.request('/v1/orders/nonsense', stranger), 'not-found', 404);
    });

    it('lets an operator read the order of any customer', async () => {
      const orderId = await pipeline.accepted(token, anOrderRequest());
      const operator = await pipeline.token('op-1', 'operator');
      expect((await pipeline.decided(operator, orderId)).body.orderId).toBe(orderId);
    });

    it("lists the caller's own orders, newest first, page by page", async () => {
      const orderIds: string[] = [];
      for (let order = 0; order < 5; order += 1) orderIds.push(await pipeline.accepted(token, aFreshOrder()));
      await Promise.all(orderIds.map((orderId) => pipeline.decided(token, orderId)));
      const pages: OrderPage[] = [];
      for (let cursor = ''; pages.length < 5;) {
        const { body } = await pipeline.request<OrderPage>(`/v1/orders?limit=2${cursor}`, token);
        pages.push(body);
        if (!body.nextCursor) break;
        cursor = `&cursor=${body.nextCursor}`;
      }
      expect(pages.map(({ data }) => data.length)).toEqual([2, 2, 1]);
      expect(pages.flatMap(({ data }) => data.map(({ orderId }) => orderId))).toEqual(orderIds.toReversed());
      const stranger = await pipeline.token(`cust-${randomUUID()}`);
      const page = await pipeline.request<OrderPage>(`/v1/orders?cursor=${pages[0]!.nextCursor}`, stranger);
      expect(page.body).toEqual({ data: [], nextCursor: null });
    });

    it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'cursor=WyJhIl0', 'page=2'])(
      'answers 400 to ?%s',
      async (query) => {
        const { errors } = expectProblem(await pipeline.request(`/v1/orders?${query}`, token), 'invalid-request', 400);
        expect(errors?.[0]?.pointer).toBe(`/${query.split('=')[0]}`);
      },
    );

    it.each(['%', '%FF', 'x'.repeat(999), 'x'.repeat(2_000)])(
      'answers with a problem to the id %j',
      async (orderId) => {
        const status = orderId.startsWith('%') ? 400 : 404;
        const answer = await pipeline.request(`${pipeline.url}/v1/orders/${orderId}`, token);
        expectProblem(answer, status === 400 ? 'invalid-request' : 'not-found', status);
        expect(answer.headers.get('trace-id')).toMatch(/^[0-9a-f]{32}$/);
      },
    );

    it('answers with a problem to headers that are too large', async () => {
      const answer = await pipeline.request('/v1/orders', token, { headers: { 'x-large': 'x'.repeat(20_000) } });
      expectProblem(answer, 'headers-too-large', 431);
    });

    it.each([
      ['without a type', 'transfer-encoding: chunked'],
      ['of JSON', 'transfer-encoding: chunked\r\ncontent-type: application/json'],
      ['of a form', 'content-length: 0\r\ncontent-type: application/x-www-form-urlencoded'],
      ['of bytes', 'transfer-encoding: chunked\r\ncontent-type: application/octet-stream'],
      ['of NDJSON', 'content-length: 0\r\ncontent-type: application/x-ndjson'],
    ])('treats an empty body %s as none', async (_, framing) => {
      const socket = connect(pipeline.ports.API_PORT, '127.0.0.1');
      let received = '';
      socket.on('data', (chunk) => (received += String(chunk)));
      const path = `/v1/orders/${'0'.repeat(26)}/cancellation`;
      const head = [`POST ${path} HTTP/1.1`, 'host: api', `authorization: Bearer ${token}`, 'connection: close'];
      socket.write([...head, framing, '', framing.includes('chunked') ? '0\r\n\r\n' : ''].join('\r\n'));
      await once(socket, 'close');
      expect(received).toMatch(/^HTTP\/1\.1 400 /);
      expect(received).toContain('/headers/idempotency-key');
    });

    it('answers with a problem to bytes that are not a request, and closes the connection', async () => {
      const socket = connect(pipeline.ports.API_PORT, '127.0.0.1');
      let received = '';
      socket.on('data', (chunk) => (received += String(chunk)));
      socket.write('this is not HTTP\r\n\r\n');
      await once(socket, 'close');
      expect(received).toMatch(/^HTTP\/1\.1 400 /);
      expect(received).toContain('urn:fargate-orders:problem:invalid-request');
    });

    it('answers with a problem to an unknown path', async () => {
      expectProblem(await pipeline.request('/v2/orders', token), 'not-found', 404);
    });

    it('is not readable for pages of other origins when no origins are configured', async () => {
      const origin = 'https://shop.example.com';
      const headers = { origin, 'access-control-request-method': 'POST' };
      const preflight = await pipeline.request('/v1/orders', undefined, { method: 'OPTIONS', headers });
      expectProblem(preflight, 'not-found', 404);
      const { headers: answered } = await pipeline.request('/v1/orders', token, { headers: { origin } });
      expect([...answered.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    });
  });

  it('answers 429 with Retry-After only to the caller that exceeds its quota', async () => {
    const answers: Answer[] = [];
    for (let request = 0; request <= QUOTA; request += 1) answers.push(await pipeline.request('/v1/orders/x', token));
    expect(answers.slice(0, QUOTA).map(({ status }) => status)).toEqual(Array(QUOTA).fill(404));
    expect(answers[0]!.headers.get('ratelimit-remaining')).toBe(String(QUOTA - 1));
    const refused = answers.at(-1)!;
    expectProblem(refused, 'too-many-requests', 429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit-limit')).toBe(String(QUOTA));
    expect((await pipeline.request('/v1/orders', await pipeline.token('cust-other'))).status).toBe(200);
  });

  it('finishes a batch that costs more than a full quota, if the caller has a full one', async () => {
    const body = '{}\n'.repeat(QUOTA);
    const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': 'large' };
    const buyer = await pipeline.token('cust-with-a-large-batch', 'wholesale');
    const answer = await pipeline.request('/v1/order-batches', buyer, { method: 'POST', headers, body });
    expect(answer).toMatchObject({ status: 202, body: { accepted: 0, refused: QUOTA } });
    expect(answer.headers.get('ratelimit-cost')).toBe(String(QUOTA));
    expect(answer.headers.get('ratelimit-remaining')).toBe('0');
    expectProblem(await pipeline.request('/v1/orders', buyer), 'too-many-requests', 429);
    // The answer arrives although the body was not read.
    const large = { method: 'POST', headers, body: '{}\n'.repeat(4_000_000) };
    expectProblem(await pipeline.request('/v1/order-batches', buyer, large), 'too-many-requests', 429);
  });

  it('counts the requests of a caller to all features together', async () => {
    for (let request = 0; request < QUOTA / 8; request += 1) {
      await pipeline.request('/v1/orders', token);
      await pipeline.request('/v1/orders/x/invoice', token);
    }
    for (const path of ['/v1/orders', '/v1/orders/x/invoice', '/v1/orders/x/events', '/v1/order-batches/x']) {
      expectProblem(await pipeline.request(path, token), 'too-many-requests', 429);
    }
  });

  /** Sends the rest of an order only after the api has given it up. Resolves to the answer. */
  async function placeIncompletely(bearer: string): Promise<string> {
    const body = JSON.stringify(anOrderRequest());
    const address = { port: pipeline.ports.API_PORT, host: '127.0.0.1', allowHalfOpen: true };
    const socket = connect(address).on('error', () => undefined);
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    const head = [
      'POST /v1/orders HTTP/1.1',
      'host: api',
      `authorization: Bearer ${bearer}`,
      `idempotency-key: ${randomUUID()}`,
      'content-type: application/json',
      `content-length: ${body.length}`,
    ];
    socket.write([...head, '', body.slice(0, 9)].join('\r\n'));
    await once(socket, 'end');
    socket.write(body.slice(9));
    await once(socket.end(), 'close');
    return received;
  }

  describe('the api serves without a token', () => {
    it('its health', async () => {
      expect(await pipeline.request('/health/live')).toMatchObject({ status: 200, body: { status: 'live' } });
      const { body } = await pipeline.request('/health/ready');
      expect(body).toMatchObject({
        status: 'ready',
        dependencies: { ordersQueue: { status: 'up' }, ordersTable: { status: 'up' }, tokenIssuer: { status: 'up' } },
      });
      for (const name of ['worker', 'stream-relay'] as const) {
        for (const path of ['/health/live', '/health/ready']) expect(await pipeline.health(name, path)).toBe(200);
      }
    });

    it('an OpenAPI document with the limits of the validation', async () => {
      const { body } = await pipeline.request<{
        openapi: string;
        paths: object;
        components: { schemas: Record<string, object> };
      }>('/openapi.json');
      expect(body.openapi).toMatch(/^3\.1/);
      expect(Object.keys(body.paths)).toEqual(
        expect.arrayContaining(['/v1/orders', '/v1/orders/{orderId}', '/health/ready']),
      );
      expect(body.components.schemas['OrderRequest']).toMatchObject({
        additionalProperties: false,
        required: expect.arrayContaining(['channel', 'lineItems', 'payment']),
        properties: { lineItems: { maxItems: 100, items: { $ref: '#/components/schemas/LineItem' } } },
      });
      expect(body.components.schemas['LineItem']).toMatchObject({
        properties: { quantity: { maximum: 10_000 } },
      });
    });

    it('an OpenAPI document whose operations for callers all have a tariff', async () => {
      const { body } = await pipeline.request<{ paths: Record<string, Record<string, Described>> }>('/openapi.json');
      const operations = Object.values(body.paths).flatMap((path) => Object.values(path));
      const ids = operations.filter(({ security }) => security.length > 0).map(({ operationId }) => operationId);
      expect(ids.toSorted()).toEqual(Object.keys(TARIFF).toSorted());
    });

    it('an OpenAPI document that says where to send requests, how to get a token, and what only code would know', async () => {
      const { body } = await pipeline.request<Document>('/openapi.json');
      expect(body.servers).toEqual([{ url: '/', description: expect.any(String) }]);
      expect(body.components.securitySchemes.bearer.description).toContain('npm run --silent token');
      const described = body.tags.filter(({ description }) => description).map(({ name }) => name);
      const operations = Object.values(body.paths).flatMap((path) => Object.values(path));
      expect([...new Set(operations.flatMap(({ tags }) => tags))]).toEqual(described);
      expect(described).toEqual(['orders', 'changes', 'batches', 'invoices', 'health']);
      expect(untypedEnums(body)).toEqual([]);
      const { OrderRequest, Payment } = body.components.schemas;
      const { total, purchaseOrderNumber } = OrderRequest!.properties;
      expect(total?.description).toMatch(/^the sum of .*minor units of the order's currency$/);
      expect(purchaseOrderNumber?.description).toBe('required for a WHOLESALE order, refused for a RETAIL order');
      expect(Payment!.properties['amount']?.description).toBe("the order's total");
    });

    it('Swagger UI, which sends a new Idempotency-Key for the example at each try', async () => {
      const settings = await (await fetch(new URL('/docs/swagger-ui-init.js', pipeline.url))).text();
      expect(settings).toContain('"requestInterceptor": function withNewKey');

      const page = await fetch(new URL('/docs', pipeline.url));
      expect(page.headers.get('content-type')).toContain('text/html');
      expect((await fetch(new URL('/docs/swagger-ui-bundle.js', pipeline.url))).status).toBe(200);
    });
  });

  it('answers 408 to a request that does not arrive completely, and places no order', async () => {
    expect(await incomplete).toMatch(/^HTTP\/1\.1 408 /);
    const { body: page } = await pipeline.request<OrderPage>('/v1/orders', await pipeline.token('cust-slow'));
    expect(page.data).toEqual([]);
  });
});
