import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { anOrderRequest, aWholesaleRequest } from '../../libs/orders/src/testing/order-factory.ts';
import type { Answer, Pipeline } from '../harness/pipeline.ts';
import { LONG_ROUNDS } from '../harness/rounds.ts';

interface BatchBody {
  batchId: string;
  status: string;
  accepted: number;
  refused: number;
  data: {
    row: number;
    status: string;
    orderId?: string;
    problem?: { status: number; errors?: { pointer: string }[] };
  }[];
}

/** At most a thousand, of which a test below reads all. */
const MANY = LONG_ROUNDS ? 1_000 : 200;
const NDJSON = { 'content-type': 'application/x-ndjson' };
const JSON_ARRAY = { 'content-type': 'application/json' };
const lines = (...orders: unknown[]) => orders.map((order) => JSON.stringify(order)).join('\n');

export function orderBatchTests(running: () => Pipeline): void {
  let pipeline: Pipeline;
  let buyer: string;
  let slowAnswer: Promise<IncomingMessage>;

  beforeAll(async () => {
    pipeline = running();
    // It takes 11 s, while other tests run.
    slowAnswer = sendSlowly(await pipeline.token('shop-slow', 'wholesale'));
    slowAnswer.catch(() => undefined);
  });

  beforeEach(async () => {
    buyer = await pipeline.token(`shop-${randomUUID()}`, 'wholesale');
  });

  const send = (body: string, headers: Record<string, string> = NDJSON, key: string = randomUUID()) =>
    pipeline.request<BatchBody>('/v1/order-batches', buyer, {
      method: 'POST',
      headers: { 'idempotency-key': key, ...headers },
      body,
    });

  /** Reads a batch until it is complete. */
  async function complete({ headers }: Answer<BatchBody>): Promise<BatchBody> {
    for (;;) {
      const { body } = await pipeline.request<BatchBody>(headers.get('location')!, buyer);
      if (body.status === 'COMPLETE') return body;
    }
  }

  it(`accepts ${MANY} orders, and publishes each of them once`, async () => {
    const answer = await send(lines(...Array.from({ length: MANY }, (_, n) => aWholesaleRequest(100 + n))));
    expect(answer).toMatchObject({ status: 202, body: { status: 'PENDING', accepted: MANY, refused: 0 } });
    const { data } = await complete(answer);
    expect(data.map(({ row }) => row)).toEqual(Array.from({ length: MANY }, (_, n) => n + 1));
    const orderIds = data.map(({ orderId }) => orderId!);
    expect(new Set(orderIds).size).toBe(MANY);
    const { inventory } = pipeline.inboxes;
    await inventory.waitForOrders(orderIds);
    expect(inventory.events.filter(({ subject }) => orderIds.includes(subject))).toHaveLength(MANY);
    const order = await pipeline.request(`/v1/orders/${orderIds[6]}`, buyer);
    expect(order.body).toMatchObject({ total: 106, status: 'CONFIRMED' });
  });

  it.each([
    [
      'NDJSON',
      NDJSON,
      lines(anOrderRequest(), { channel: 'RETAIL' }, anOrderRequest({ total: 1 })) + '\n{"channel":\n',
    ],
    [
      'a JSON array',
      JSON_ARRAY,
      `[${JSON.stringify(anOrderRequest())}, {"channel":"RETAIL"}, ${JSON.stringify(anOrderRequest({ total: 1 }))}, {"channel":}]`,
    ],
  ])('as %s refuses only the invalid rows, each with its problem', async (_, headers, body) => {
    const answer = await send(body, headers);
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1, refused: 3 } });
    const { batchId, data } = await complete(answer);
    expect(data.map(({ status }) => status)).toEqual(['ACCEPTED', 'REFUSED', 'REFUSED', 'REFUSED']);
    expect(data[2]!.problem).toMatchObject({
      status: 400,
      instance: `/v1/order-batches/${batchId}#3`,
      errors: [{ pointer: '/total' }, { pointer: '/payment/amount' }],
    });
    expect(data[3]!.problem).toMatchObject({ status: 400, detail: expect.stringContaining('JSON') });
  });

  it('resumes under the same key, and duplicates nothing', async () => {
    const key = randomUUID();
    const orders = Array.from({ length: 45 }, (_, n) => aWholesaleRequest(100 + n));
    const first = await complete(await send(lines(...orders.slice(0, 30)), NDJSON, key));
    const again = await Promise.all([1, 2].map(() => send(lines(...orders), NDJSON, key)));
    expect(again.map(({ body }) => body.batchId)).toEqual([first.batchId, first.batchId]);
    let whole = await complete(again[0]!);
    while (whole.data.length < 45) whole = await complete(again[0]!);
    expect(whole.data.slice(0, 30).map(({ orderId }) => orderId)).toEqual(first.data.map(({ orderId }) => orderId));
    const orderIds = whole.data.map(({ orderId }) => orderId!);
    await pipeline.inboxes.accounting.waitForOrders(orderIds);
    const stored = await pipeline.storedOrders();
    expect(stored.filter(({ orderId }) => orderIds.includes(orderId))).toHaveLength(45);
  });

  it('refuses a row whose content has changed under the same key', async () => {
    const key = randomUUID();
    const [row] = (await complete(await send(lines(aWholesaleRequest(100)), NDJSON, key))).data;
    await pipeline.inboxes.accounting.waitForEvents(row!.orderId!);
    const answer = await send(lines(aWholesaleRequest(200)), NDJSON, key);
    expect(answer.body).toMatchObject({ accepted: 0, refused: 1 });
  });

  it('refuses the rows after the thousandth without reading them', async () => {
    const order = JSON.stringify(anOrderRequest({ total: 1 }));
    const { data, refused } = await complete(await send(Array(1_200).fill(order).join('\n')));
    expect(refused).toBe(1_001);
    expect(data.at(-1)!.problem).toMatchObject({ detail: expect.stringContaining('at most 1000 orders') });
  });

  it('answers 400 to a batch without an order, and to JSON that is not an array', async () => {
    expect((await send('\n')).status).toBe(400);
    expect((await send('[]', JSON_ARRAY)).status).toBe(400);
    const nothing = { method: 'POST', headers: { 'idempotency-key': randomUUID() } };
    expect((await pipeline.request('/v1/order-batches', buyer, nothing)).status).toBe(400);
    expect((await send(JSON.stringify(anOrderRequest()), JSON_ARRAY)).status).toBe(400);
    expect((await send(lines(anOrderRequest()), NDJSON, 'with blank')).status).toBe(400);
  });

  it('answers 413 to a body over 16 MiB, 415 to one of another type, and to NDJSON for a single order', async () => {
    expect((await send('', { ...NDJSON }, 'k')).status).toBe(400);
    expect((await send(' '.repeat(16 * 1_048_576 + 1))).status).toBe(413);
    expect((await send('a=1', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await pipeline.place(buyer, lines(anOrderRequest()), 'k', NDJSON)).status).toBe(415);
  });

  it('returns the results of the other rows when a row has invalid names', async () => {
    const invalid = `{"${'x'.repeat(99)}\u{1F9FC}":1}`;
    const answer = await send([lines(anOrderRequest()), '{"\\ud800":1}', invalid, lines(anOrderRequest())].join('\n'));
    const { data } = await complete(answer);
    expect(data.map(({ status }) => status)).toEqual(['ACCEPTED', 'REFUSED', 'REFUSED', 'ACCEPTED']);
  });

  it('closes the connection when it does not read the whole body, and says so in the answer', async () => {
    const order = JSON.stringify(anOrderRequest({ total: 1 }));
    const answer = await send(Array(3_000).fill(order).join('\n'));
    expect(answer.status).toBe(202);
    expect(answer.headers.get('connection')).toBe('close');
    expect((await pipeline.request('/v1/orders', buyer)).status).toBe(200);
  });

  it('is hidden from other customers', async () => {
    const answer = await send(lines(anOrderRequest()));
    const stranger = await pipeline.token('shop-2', 'wholesale');
    expect((await pipeline.request(answer.headers.get('location')!, stranger)).status).toBe(404);
  });

  it('is processed while it arrives: its first orders are placed before its last are sent', async () => {
    const order = aWholesaleRequest(100);
    const sending = request(new URL('/v1/order-batches', pipeline.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${buyer}`, 'idempotency-key': randomUUID(), ...NDJSON },
    });
    const answered = new Promise<number>((resolve) => sending.on('response', ({ statusCode }) => resolve(statusCode!)));
    sending.write(`${lines(...Array(21).fill(order))}\n`);
    let page: { data: object[] } = { data: [] };
    while (page.data.length < 20) page = (await pipeline.request<typeof page>('/v1/orders?limit=20', buyer)).body;
    sending.end(lines(order));
    expect(await answered).toBe(202);
  });

  it('accepts a batch over a slow connection', async () => {
    const answer = await slowAnswer;
    expect(answer.statusCode).toBe(202);
    expect(JSON.parse(await text(answer))).toMatchObject({ accepted: 11, refused: 0 });
  });

  /** Sends a row in each of 11 s, which are longer than the 10 s for the headers, and shorter than the 15 s for a whole request. */
  async function sendSlowly(bearer: string): Promise<IncomingMessage> {
    const sending = request(new URL('/v1/order-batches', pipeline.url), {
      method: 'POST',
      headers: { ...NDJSON, authorization: `Bearer ${bearer}`, 'idempotency-key': randomUUID() },
    });
    const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
    // Without this, an error before the last row would end another test.
    answered.catch(() => undefined);
    const startMs = performance.now();
    for (let second = 1; second <= 11; second += 1) {
      sending.write(`${JSON.stringify(aWholesaleRequest(100 + second))}\n`);
      await sleep(startMs + second * 1_000 - performance.now());
    }
    sending.end();
    const [answer] = await answered;
    return answer;
  }
}
