import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { aFreshOrder, withFreshPayment } from '#libs/orders';
import type { OrderEvent } from '#libs/orders';
import { eventChecker } from '../../libs/orders/src/testing/event-checker.ts';
import { anOrderRequest, aWholesaleRequest } from '../../libs/orders/src/testing/order-factory.ts';
import type { LogLine } from '../harness/log-lines.ts';
import { type Pipeline, SERVICES } from '../harness/pipeline.ts';
import { APPROVAL_LIMIT } from './settings.ts';

/** An example for subscribers. */
const EXAMPLE = JSON.parse(
  readFileSync(new URL('../../libs/orders/schemas/examples/order.confirmed.v1.json', import.meta.url), 'utf8'),
) as OrderEvent;

/** The values of an event that are the same in every event of its type. */
function deploymentOf({ specversion, type, source, datacontenttype, dataschema, data }: OrderEvent) {
  return { specversion, type, source, datacontenttype, dataschema, seller: data.order.invoice?.seller };
}

export function pipelineTests(running: () => Pipeline, sentPoison: () => string): void {
  let pipeline: Pipeline;
  let token: string;

  beforeAll(async () => {
    pipeline = running();
    token = await pipeline.token('cust-1');
  });

  it('delivers a hundred concurrent orders to all subscribers, once each', async () => {
    const orderIds = await Promise.all(Array.from({ length: 100 }, () => pipeline.accepted(token, aFreshOrder())));
    expect(new Set(orderIds).size).toBe(100);
    for (const service of SERVICES) {
      const inbox = pipeline.inboxes[service];
      await inbox.waitForOrders(orderIds);
      const received = inbox.events.filter(({ subject }) => orderIds.includes(subject));
      expect(received.map(({ subject }) => subject).sort()).toEqual(orderIds.toSorted());
    }
    const stored = await pipeline.storedOrders();
    expect(stored.filter(({ orderId }) => orderIds.includes(orderId))).toHaveLength(100);
  });

  it('publishes an order as a CloudEvent that matches its schema', async () => {
    const orderId = await pipeline.accepted(token, anOrderRequest());
    for (const service of SERVICES) {
      const [event] = await pipeline.inboxes[service].waitForEvents(orderId);
      expect(eventChecker().errorsOf(event!)).toEqual([]);
      expect(event).toMatchObject({ type: EXAMPLE.type, id: `${orderId}:1` });
      expect(Object.keys(event!)).toEqual(Object.keys(EXAMPLE));
      expect(deploymentOf(event!)).toEqual(deploymentOf(EXAMPLE));
      expect(JSON.stringify(event)).not.toContain('pi_3Nx');
    }
  });

  it('answers PENDING until the worker has decided, then the order with its version as the ETag', async () => {
    await pipeline.suspend('worker');
    const orderId = await pipeline.accepted(token, anOrderRequest());
    const pending = await pipeline.request(`/v1/orders/${orderId}`, token);
    await pipeline.resume('worker');
    expect(pending).toMatchObject({ status: 200, body: { orderId, status: 'PENDING' } });
    const decided = await pipeline.decided(token, orderId);
    expect(decided).toMatchObject({ status: 200, body: { orderId, status: 'CONFIRMED', version: 1, total: 3088 } });
    expect(decided.headers.get('etag')).toBe('"1"');
    expect(decided.body).not.toHaveProperty('fingerprint');
  });

  it('creates no second order for a retry with the same key, and marks its answer once the order is stored', async () => {
    const key = randomUUID();
    const order = anOrderRequest();
    const both = await Promise.all([1, 2].map(() => pipeline.place(token, order, key)));
    const [orderId, again] = both.map(({ body }) => body['orderId'] as string);
    expect(again).toBe(orderId);
    await pipeline.decided(token, orderId!);
    const known = await pipeline.place(token, order, key);
    expect(known.status).toBe(202);
    expect(known.body).toEqual(both[0]!.body);
    expect(known.headers.get('idempotency-replayed')).toBe('true');
    expect((await pipeline.storedOrders()).filter((order) => order.orderId === orderId)).toHaveLength(1);
    expect(await pipeline.inboxes.accounting.waitForEvents(orderId!)).toHaveLength(1);
  });

  it('refuses the same key with other content once the first order is stored', async () => {
    const key = randomUUID();
    await pipeline.decided(token, await pipeline.accepted(token, anOrderRequest(), key));
    const conflict = await pipeline.place(token, aWholesaleRequest(500), key);
    expect(conflict.status).toBe(403);
    expect(await pipeline.place(token, anOrderRequest(), key)).toMatchObject({
      status: 422,
      body: { type: 'urn:fargate-orders:problem:idempotency-conflict' },
    });
  });

  it('refuses the second of two simultaneous orders under one key, and dead-letters neither', async () => {
    const keys = Array.from({ length: 20 }, () => randomUUID());
    const orders = keys.map(() => [anOrderRequest(), anOrderRequest()]);
    const placeBoth = (position: number, headers = {}) =>
      Promise.all(orders[position]!.map((order) => pipeline.place(token, order, keys[position], headers)));
    const pairs = await Promise.all(keys.map((_, position) => placeBoth(position)));
    for (const [position, pair] of pairs.entries()) {
      // The api may see the conflict itself, if the first order is stored by then.
      const statuses = pair.map(({ status }) => String(status)).toSorted();
      expect(['202,202', '202,422']).toContain(String(statuses));
      const orderId = pair.find(({ status }) => status === 202)?.body['orderId'] as string;
      if (pair.every(({ status }) => status === 202)) {
        const isRefusal = (line: LogLine) => line.event === 'command_refused' && line.orderId === orderId;
        expect(await pipeline.logs.find('refused', isRefusal)).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
      }
      // One of the two stands; the other one, sent again, is answered 422.
      const statusesAgain = (await placeBoth(position, { prefer: 'wait=10' })).map(({ status }) => String(status));
      expect(statusesAgain.toSorted()).toEqual(['201', '422']);
      const events = pipeline.logs.lines.filter((line) => line.orderId === orderId).map(({ event }) => event);
      expect(events).not.toContain('message_dead_lettered');
    }
  });

  it('confirms a wholesale order below the limit, and holds one at the limit for approval', async () => {
    const wholesale = await pipeline.token('shop-1', 'wholesale');
    const below = await pipeline.accepted(wholesale, aWholesaleRequest(APPROVAL_LIMIT - 1));
    const from = await pipeline.accepted(wholesale, aWholesaleRequest(APPROVAL_LIMIT));
    expect((await pipeline.decided(wholesale, below)).body.status).toBe('CONFIRMED');
    expect((await pipeline.decided(wholesale, from)).body.status).toBe('AWAITING_APPROVAL');
    const [event] = await pipeline.inboxes.accounting.waitForEvents(from);
    expect(event?.type).toBe('com.example.orders.order.awaiting_approval.v1');
    expect(eventChecker().errorsOf(event!)).toEqual([]);
  });

  it('holds an order of a wholesale customer on any channel, before its discount, and in a currency without a limit', async () => {
    const wholesale = await pipeline.token('shop-1', 'wholesale');
    const { purchaseOrderNumber: _none, ...whole } = aWholesaleRequest(APPROVAL_LIMIT);
    const retail = { ...whole, channel: 'RETAIL' as const };
    const free = { discount: APPROVAL_LIMIT, total: 0, payment: { ...whole.payment, amount: 0 } };
    const requests = [retail, { ...aWholesaleRequest(APPROVAL_LIMIT), ...free }, { ...retail, currency: 'XCG' }];
    for (const request of requests) {
      const orderId = await pipeline.accepted(wholesale, withFreshPayment(request));
      expect((await pipeline.decided(wholesale, orderId)).body.status).toBe('AWAITING_APPROVAL');
    }
    const consumer = await pipeline.token('cust-1');
    const orderId = await pipeline.accepted(consumer, withFreshPayment(retail));
    expect((await pipeline.decided(consumer, orderId)).body.status).toBe('CONFIRMED');
  });

  it('writes one trace id to the three logs and the event of an order, and no personal data to any log', async () => {
    const traceId = randomUUID().replaceAll('-', '');
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const { body } = await pipeline.place(token, anOrderRequest(), randomUUID(), { traceparent });
    const orderId = body['orderId'] as string;
    const [event] = await pipeline.inboxes.fulfillment.waitForEvents(orderId);
    expect(event?.traceparent).toContain(traceId);
    const lineOf = (service: string, name: string) =>
      pipeline.logs.find(
        `${name} of ${orderId}`,
        (line) => line.service === service && line.event === name && line.orderId === orderId,
      );
    const lines = await Promise.all([
      lineOf('api', 'http_request'),
      lineOf('worker', 'order_persisted'),
      lineOf('stream-relay', 'event_relayed'),
    ]);
    expect(lines.map((line) => line.traceId)).toEqual([traceId, traceId, traceId]);
    expect(pipeline.logs.text.join('\n')).not.toMatch(/Ada Byron|Main St|pi_3Nx|Bearer|eyJ/);
  });

  it('logs who read an order and whose orders were listed: staff by subject, customers by a name only for the log', async () => {
    const orderId = await pipeline.accepted(token, anOrderRequest());
    const staff = await pipeline.token('clerk-7', 'operator');
    await pipeline.decided(token, orderId);
    for (const path of ['', '/history', '/invoice']) await pipeline.request(`/v1/orders/${orderId}${path}`, staff);
    await pipeline.request('/v1/orders?customerId=cust-1', staff);
    const line = (route: string, caller: RegExp) =>
      pipeline.logs.find(
        `${route} by ${caller}`,
        (one) => one.event === 'http_request' && one['route'] === route && caller.test(String(one['caller'])),
      );
    const { caller } = await line('/v1/orders/:orderId', /^customer-[\w-]{16}$/);
    for (const path of ['', '/history', '/invoice']) {
      expect(await line(`/v1/orders/:orderId${path}`, /^clerk-7$/)).toMatchObject({ orderId });
    }
    expect(await line('/v1/orders', /^clerk-7$/)).toMatchObject({ customer: caller });
    expect(pipeline.logs.text.filter((text) => text.includes('http_request') && text.includes('cust-1'))).toEqual([]);
  });

  describe('a message that is not a valid command', () => {
    it('is dead-lettered with a reason when it is not JSON', async () => {
      const { body, attributes } = await pipeline.deadLettered(await pipeline.sendToOrdersQueue('<order/>'));
      expect(body).toBe('<order/>');
      expect(attributes).toMatchObject({ code: 'MALFORMED_COMMAND', detail: expect.stringContaining('not JSON') });
    });

    it('is dead-lettered with every validation error when it is not a command', async () => {
      const command = { type: 'order.place.v1', orderId: 'x', request: { ...anOrderRequest(), total: -1 } };
      const { attributes } = await pipeline.deadLettered(await pipeline.sendToOrdersQueue(JSON.stringify(command)));
      expect(attributes['code']).toBe('MALFORMED_COMMAND');
      for (const pointer of ['/orderId', '/customerId', '/request/total'])
        expect(attributes['detail']).toContain(pointer);
    });

    it('is dead-lettered as poison after five attempts when nothing handles it', async () => {
      const { attributes } = await pipeline.deadLettered(sentPoison());
      expect(attributes).toMatchObject({ code: 'POISON', receiveCount: '5' });
      expect(attributes['detail']).toContain('order.unheard-of.v9');
    });
  });
}
