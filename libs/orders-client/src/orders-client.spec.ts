import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anOrderRequest } from '../../orders/src/testing/order-factory.ts';
import { fileStorage, NoAnswerError, OrdersClient, type OrdersClientOptions, ProblemError } from './index.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

const order = anOrderRequest();
const accepted = { orderId: '01ABC', status: 'PENDING', links: { self: '/v1/orders/01ABC' } };
const json = (status: number, body: object, headers: Record<string, string> = {}): Answer => {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
};
const problem = (status: number, code: string, headers?: Record<string, string>, more = {}) =>
  json(status, { type: `urn:fargate-orders:problem:${code}`, title: code, status, detail: 'x', ...more }, headers);
const dropped: Answer = (request) => request.socket.destroy();

/** An api that gives one answer after the other, and the last one again and again. */
describe('OrdersClient', () => {
  let server: Server;
  let url: string;
  let answers: Answer[];
  let received: { at: number; url: string | undefined; headers: IncomingMessage['headers'] }[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      received.push({ at: Date.now(), url: request.url, headers: request.headers });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      request.resume().on('end', () => answer?.(request, response));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  beforeEach(() => {
    received = [];
  });

  const client = (options: Partial<OrdersClientOptions> = {}) =>
    new OrdersClient({ url, token: () => 'a-token', ...options });
  const problemOf = async (call: Promise<unknown>) => {
    const error = await call.catch((reason: unknown) => reason);
    if (!(error instanceof ProblemError)) throw error;
    return error.problem;
  };

  it('sends a request again with the same key after lost connections, 502, 503, 504 and 429', async () => {
    answers = [dropped, json(502, {}), problem(503, 'unavailable'), json(504, {}), problem(429, 'too-many-requests')];
    answers.push(json(202, accepted));
    expect(await client().placeOrder('cart-1', order)).toEqual(accepted);
    expect(received.map(({ headers }) => headers['idempotency-key'])).toEqual(Array(6).fill('cart-1'));
  });

  it.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2_000).toUTCString()],
  ])('waits as long as Retry-After asks in %s', async (_form, retryAfter) => {
    answers = [problem(503, 'unavailable', { 'retry-after': retryAfter() }), json(202, accepted)];
    await client().placeOrder('cart-1', order);
    expect(received[1]!.at - received[0]!.at).toBeGreaterThanOrEqual(900);
  });

  it('gives up at once when Retry-After asks for more time than is left', async () => {
    answers = [problem(503, 'unavailable', { 'retry-after': '100' })];
    expect(await problemOf(client().placeOrder('cart-1', order))).toMatchObject({ code: 'unavailable', status: 503 });
    expect(received).toHaveLength(1);
  });

  it.each([
    [400, 'invalid-request'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [408, 'timeout'],
    [409, 'conflict'],
    [412, 'precondition-failed'],
    [422, 'idempotency-conflict'],
    [500, 'internal'],
  ] as const)('stops after %d %s', async (status, code) => {
    answers = [problem(status, code)];
    expect(await problemOf(client().placeOrder('cart-1', order))).toMatchObject({ status, code });
    expect(received).toHaveLength(1);
  });

  it('describes every validation error, and answers that are no problem of the api', async () => {
    const errors = [{ pointer: '/tax', detail: 'must be an integer number' }];
    answers = [problem(400, 'invalid-request', {}, { errors }), json(403, { message: 'Forbidden' })];
    const invalid = await problemOf(client().placeOrder('cart-1', order));
    expect(invalid.code === 'invalid-request' && invalid.errors).toEqual(errors);
    expect(await problemOf(client().placeOrder('cart-1', order))).toMatchObject({ code: 'unknown', status: 403 });
  });

  it('asks once for a new token after 401', async () => {
    const refreshed: boolean[] = [];
    const token = (refresh: boolean) => {
      refreshed.push(refresh);
      return 'a-token';
    };
    answers = [problem(401, 'unauthenticated'), json(202, accepted)];
    expect(await client({ token }).placeOrder('cart-1', order)).toEqual(accepted);
    answers = [problem(401, 'unauthenticated')];
    expect(await problemOf(client({ token }).placeOrder('cart-1', order))).toMatchObject({ code: 'unauthenticated' });
    expect(refreshed).toEqual([false, true, false, true]);
  });

  it('ends within its limits of count and time', async () => {
    answers = [dropped];
    const few = client({ retry: { attempts: 2 } }).placeOrder('cart-1', order);
    await expect(few).rejects.toMatchObject({ name: 'NoAnswerError', attempts: 2 });
    answers = [() => undefined];
    const from = Date.now();
    const short = client({ retry: { totalMs: 700, timeoutMs: 300 } }).placeOrder('cart-1', order);
    await expect(short).rejects.toBeInstanceOf(NoAnswerError);
    const never = client().placeAndWait('cart-1', order, { deadlineMs: 300 });
    await expect(never).rejects.toBeInstanceOf(NoAnswerError);
    expect(Date.now() - from).toBeLessThan(5_000);
  });

  it("ends with the signal's reason when the caller aborts, also while it waits", async () => {
    const reason = new Error('the page was closed');
    for (const answer of [() => undefined, problem(503, 'unavailable', { 'retry-after': '30' })]) {
      answers = [answer];
      const aborting = new AbortController();
      const call = client().placeAndWait('cart-1', order, { signal: aborting.signal });
      setTimeout(() => aborting.abort(reason), 200);
      await expect(call).rejects.toBe(reason);
    }
  });

  it('remembers a request before it is first sent, until its outcome is known', async () => {
    const storage = new Map<string, string>();
    const seen: (string | undefined)[] = [];
    const remember =
      (answer: Answer): Answer =>
      (request, response) => {
        seen.push(storage.get('/v1/orders cart-1'));
        answer(request, response);
      };
    const trying = client({ storage, retry: { attempts: 1 } });
    for (const answer of [dropped, problem(503, 'unavailable'), json(403, {})]) {
      answers = [remember(answer)];
      await expect(trying.placeOrder('cart-1', order)).rejects.toBeInstanceOf(Error);
      expect(storage.size).toBe(1);
    }
    expect(new Set(seen)).toEqual(new Set([expect.stringMatching(/^[0-9a-f]{64}$/)]));
    const other = trying.placeOrder('cart-1', { ...order, currency: 'USD' });
    expect(await problemOf(other)).toMatchObject({ code: 'idempotency-conflict', status: 422 });
    expect(received).toHaveLength(3);
    const { channel, ...rest } = order;
    answers = [json(202, accepted)];
    expect(await trying.placeOrder('cart-1', { ...rest, channel })).toEqual(accepted);
    expect(storage.size).toBe(0);
    answers = [problem(400, 'invalid-request')];
    expect(await problemOf(trying.placeOrder('cart-1', order))).toMatchObject({ code: 'invalid-request' });
    expect(storage.size).toBe(0);
  });

  it('stores two equal calls at the same time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'orders-client-'));
    const twice = client({ storage: fileStorage(folder) });
    answers = [json(202, accepted)];
    const calls = [1, 2].map(() => twice.placeOrder('cart-1', order));
    expect(await Promise.all(calls)).toEqual([accepted, accepted]);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('reads every page of a list, at an address with a path', async () => {
    answers = [json(200, { data: [1, 2], nextCursor: 'a b' }), json(200, { data: [], nextCursor: 'c' })];
    answers.push(json(200, { data: [3], nextCursor: null }));
    const rows: unknown[] = [];
    const behindProxy = client({ url: `${url}/shop/` });
    const channel = undefined as unknown as 'RETAIL';
    for await (const row of behindProxy.listOrders({ status: 'CONFIRMED', channel })) rows.push(row);
    expect(rows).toEqual([1, 2, 3]);
    const path = '/shop/v1/orders?status=CONFIRMED';
    expect(received.map((one) => one.url)).toEqual([path, `${path}&cursor=a+b`, `${path}&cursor=c`]);
  });
});
