import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { exportJWK, generateKeyPair } from 'jose';
import type { OrderRequest } from '#libs/order-requests';
import { anOrderRequest, aWholesaleRequest } from '../../libs/orders/src/testing/order-factory.ts';
import { requestQuote } from '../../local/auth/local-issuer.ts';
import { nodePath } from '../../local/processes/local-script.ts';
import { FurtherApps } from '../harness/further-apps.ts';
import type { Answer, Pipeline } from '../harness/pipeline.ts';

interface Placed {
  orderId: string;
  status: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
}

/** Further apis with the values of `PRICING` that a shop uses, on the queue and tables of the pipeline. */
export function pricingTests(running: () => Pipeline): void {
  let pipeline: Pipeline;
  let apps: FurtherApps;
  let api: string;

  async function send<Body = Placed>(
    path: string,
    token: string,
    body?: string,
    key: string = randomUUID(),
    more = {},
  ) {
    const type = path.endsWith('batches') ? 'application/x-ndjson' : 'application/json';
    const headers = { authorization: `Bearer ${token}`, 'content-type': type, 'idempotency-key': key, ...more };
    const response = await fetch(`${api}${path}`, body === undefined ? { headers } : { method: 'POST', headers, body });
    const answer = (await response.json()) as Body;
    const contentType = response.headers.get('content-type') ?? '';
    const method = body === undefined ? 'GET' : 'POST';
    const { status } = response;
    const { pathname } = new URL(path, api);
    pipeline.openApi.assertDescribes({ method, path: pathname, status, contentType, body: answer });
    return { status, headers: response.headers, body: answer } as Answer<Body>;
  }
  const place = (token: string, order: object, key?: string, more?: object) =>
    send('/v1/orders', token, JSON.stringify(order), key, more);
  const wait = { prefer: 'wait=10' };

  beforeAll(async () => {
    pipeline = running();
    apps = new FurtherApps(pipeline);
  });

  afterAll(() => apps.stop());

  describe('trusted', () => {
    let checkout: string;
    let customer: string;
    beforeAll(async () => {
      api = (await apps.api({ PRICING: 'trusted' })).url;
      checkout = await pipeline.token('shop', 'checkout');
      customer = await pipeline.token('cust-t', 'wholesale');
    });

    it('refuses orders and batches of customers, and a checkout that names none', async () => {
      expect((await place(customer, anOrderRequest())).status).toBe(403);
      expect((await send('/v1/order-batches', customer, '{}')).status).toBe(403);
      expect((await place(checkout, anOrderRequest())).body.errors).toMatchObject([{ pointer: '/customerId' }]);
    });

    it('places an order that belongs to the customer, who reads and changes it', async () => {
      const order = { ...anOrderRequest(), customerId: 'cust-t' };
      const { status, body } = await place(checkout, order, undefined, wait);
      expect({ status, body }).toMatchObject({ status: 201, body: { status: 'CONFIRMED', customerId: 'cust-t' } });
      const path = `/v1/orders/${body.orderId}`;
      const history = (token: string) => send<{ data: { by: string }[] }>(`${path}/history`, token);
      expect((await history(checkout)).body.data).toMatchObject([{ by: 'shop' }]);
      expect((await history(customer)).body.data).toMatchObject([{ by: 'staff' }]);
      expect((await send(`${path}/cancellation`, customer, '{}', 'c', wait)).body.status).toBe('CANCELLED');
    });

    it('keeps the keys of two checkouts, of two customers, and of a customer apart', async () => {
      const other = await pipeline.token('shop-2', 'checkout');
      const order = anOrderRequest();
      const key = randomUUID();
      const ids = [
        (await place(checkout, { ...order, customerId: 'cust-t' }, key)).body.orderId,
        (await place(checkout, { ...order, customerId: 'cust-t' }, key)).body.orderId,
        (await place(checkout, { ...order, customerId: 'cust-u' }, key)).body.orderId,
        (await place(other, { ...order, customerId: 'cust-t' }, key)).body.orderId,
        (await pipeline.place(customer, order, key)).body['orderId'],
      ];
      expect(ids[1]).toBe(ids[0]);
      expect(new Set(ids).size).toBe(4);
    });

    it('shows an order that is PENDING to its checkout and customer only', async () => {
      await pipeline.suspend('worker');
      const order = { ...anOrderRequest(), customerId: 'cust-t' };
      const location = (await place(checkout, order)).headers.get('location')!;
      const seen = async (path: string, token: string) => (await send(path, token)).body.status;
      const [own = ''] = location.split('?');
      const stranger = await pipeline.token('cust-x');
      const statuses = [await seen(location, checkout), await seen(own, customer), await seen(location, stranger)];
      await pipeline.resume('worker');
      expect(statuses).toEqual(['PENDING', 'PENDING', 404]);
    });

    it('places batches for several customers', async () => {
      const rows = ['cust-t', 'cust-u', undefined].map((customerId) => {
        return JSON.stringify({ ...aWholesaleRequest(500), customerId });
      });
      const { body } = await send<object>('/v1/order-batches', checkout, rows.join('\n'));
      expect(body).toMatchObject({ accepted: 2, refused: 1 });
    });
  });

  describe('quote', () => {
    let customer: string;
    let quoted: (order: object, sub?: string, seconds?: number) => Promise<object>;
    beforeAll(async () => {
      api = (await apps.api({ PRICING: 'quote' })).url;
      customer = await pipeline.token('cust-q', 'wholesale');
      quoted = async (order, sub = 'cust-q', seconds = 600) => {
        return { ...order, quote: await requestQuote(pipeline.ports.AUTH_PORT, { sub, order, seconds }) };
      };
    });

    it('places an order with its quote, which is neither stored nor part of the request', async () => {
      const order = anOrderRequest();
      const key = randomUUID();
      const { body } = await place(customer, await quoted(order), key, wait);
      expect(body.status).toBe('CONFIRMED');
      const again = await place(customer, await quoted(order, 'cust-q', 599), key);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      const stored = (await pipeline.storedOrders()).find(({ orderId }) => orderId === body.orderId);
      expect(JSON.stringify([body, stored])).not.toMatch(/quote|eyJ/);
    });

    it('answers a repetition whose quote has expired like the first request, and a first request with 400', async () => {
      const order = anOrderRequest();
      const key = randomUUID();
      await place(customer, await quoted(order), key, wait);
      const expired = await quoted(order, 'cust-q', -60);
      const again = await place(customer, expired, key);
      expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
      const first = await place(customer, expired);
      expect(first).toMatchObject({ status: 400, body: { errors: [{ pointer: '/quote' }] } });
      expect(first.body.detail).toMatch(/expired at .*: get a new one; with another quote, keep the Idempotency-Key/);
    });

    it('refuses a checkout, a customerId, no quote, and a quote for another customer', async () => {
      const order = anOrderRequest();
      expect((await place(await pipeline.token('shop', 'checkout'), order)).status).toBe(403);
      expect((await place(customer, { ...(await quoted(order)), customerId: 'cust-x' })).status).toBe(403);
      for (const wrong of [order, await quoted(order, 'cust-x'), { ...order, quote: customer }]) {
        const { status, body } = await place(customer, wrong);
        expect([status, body.errors?.map(({ pointer }) => pointer)]).toEqual([400, ['/quote']]);
      }
    });

    it('names each difference and the value that the shop has signed, in each row of a batch', async () => {
      const order = aWholesaleRequest(500);
      const cheaper = { ...(await quoted(order)), ...pricesOf(aWholesaleRequest(1), order) };
      const { body } = await place(customer, cheaper);
      expect(body.errors).toEqual([{ pointer: '/lineItems/0/unitPrice', detail: 'must be 500, as in the quote' }]);
      const rows = [JSON.stringify(await quoted(order)), JSON.stringify(cheaper)];
      const batch = await send<object>('/v1/order-batches', customer, rows.join('\n'));
      expect(batch.body).toMatchObject({ accepted: 1, refused: 1 });
    });

    it('answers 503, never 400, to a repetition while the table does not answer', async () => {
      const before = api;
      const AWS_ENDPOINT_URL_DYNAMODB = await apps.blackHole();
      ({ url: api } = await apps.api({ PRICING: 'quote', AWS_ENDPOINT_URL_DYNAMODB }));
      const order = anOrderRequest();
      expect((await place(customer, await quoted(order, 'cust-q', -60))).status).toBe(503);
      expect((await place(customer, await quoted(order))).status).toBe(202);
      api = before;
    });

    describe('of a shop with a key of its own', () => {
      let shop: Server;
      let reads = 0;
      let privateKey: object;
      beforeAll(async () => {
        const pair = await generateKeyPair('ES256', { extractable: true });
        privateKey = await exportJWK(pair.privateKey);
        const keys = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'pricing-1' }] });
        shop = createServer((_, response) => response.end(keys, () => (reads += 1))).listen(0, '127.0.0.1');
        await once(shop, 'listening');
        const PRICING_JWKS_URL = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/keys`;
        ({ url: api } = await apps.api({ PRICING: 'quote', PRICING_JWKS_URL }));
      });
      afterAll(() => {
        shop.closeAllConnections();
        shop.close();
      });

      it('reads the keys once for many quotes that name unknown keys', async () => {
        const header = Buffer.from('{"alg":"ES256","typ":"order-quote+jwt","kid":"x"}').toString('base64url');
        const wrong = { ...anOrderRequest(), quote: `${header}.e30.AA` };
        const answers = await Promise.all(Array.from({ length: 50 }, () => place(customer, wrong)));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
        expect(reads).toBe(1);
      });

      it('accepts what the example of docs/pricing.md signs', async () => {
        const page = await readFile(new URL('../../docs/pricing.md', import.meta.url), 'utf8');
        const [, example = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
        const order = anOrderRequest();
        const script = `${example}console.log(await quoteFor('cust-q', ${JSON.stringify(order)}));`;
        const env = { ...process.env, PRICING_PRIVATE_JWK: JSON.stringify(privateKey), NODE_OPTIONS: '' };
        const { stdout } = await promisify(execFile)(nodePath, ['--input-type=module', '-e', script], { env });
        expect((await place(customer, { ...order, quote: stdout.trim() })).status).toBe(202);
      });
    });
  });
}

/** The fields that have the prices of an order. */
/** The prices of one order, with the payment reference of another. */
function pricesOf({ lineItems, total }: OrderRequest, { payment }: OrderRequest) {
  return { lineItems, total, payment: { ...payment, amount: total } };
}
