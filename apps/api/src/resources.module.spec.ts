import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as realTurn } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { ValueProvider } from '@nestjs/common';
import { MetricRecorder } from '#libs/metrics';
import { OrderTable } from '#libs/order-store';
import { type Caller, CommandIds, OrderIds } from '#libs/orders';
import { noTracing, type Telemetry } from '#libs/service';
import { anOrderRequest } from '../../../libs/orders/src/testing/order-factory.ts';
import type { ApiConfig } from './api.config.ts';
import type { Bill } from './auth/quota.ts';
import { OrderChanging } from './changes/order-changing.ts';
import { problemOfError } from './http/problem.filter.ts';
import { OrderPlacement } from './orders/order-placement.ts';
import { OrderPricing } from './orders/order-pricing.ts';
import { OrderReading } from './orders/order-reading.ts';
import { OrdersQueue } from './orders/orders-queue.ts';
import { ResourcesModule } from './resources.module.ts';

/** The api promises every answer within this time. */
const ANSWER_MS = 2_000;
const CALLERS = 300;
const STEP_MS = 10;
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const customer: Caller = { subject: 'cust-1', roles: ['retail'] };
const submitted = { request: anOrderRequest(), customerId: undefined, quote: undefined };
const bill = {} as Bill;
const warehouse: Caller = { subject: 'warehouse', roles: ['fulfillment'] };

/** The api's own clients with their time-outs, on a clock that only the test advances. */
describe('the waits of a request while SQS and DynamoDB do not answer', () => {
  let server: Server;
  let placement: OrderPlacement;
  let reading: OrderReading;
  let changing: OrderChanging;
  let orderId: string;

  beforeAll(async () => {
    let hangs = false;
    server = createServer((_, response) => hangs || response.writeHead(400).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
    const config = {
      ORDER_ID_KEYS: ['a-signing-key-0123456789abcdefghijkl'],
      ORDERS_QUEUE_URL: `${endpoint}/0/orders`,
    };
    const debug = () => undefined;
    const telemetry = { metrics: new MetricRecorder('api'), tracing: noTracing, logger: { debug, warn: debug } };
    const made = ResourcesModule.with(
      {
        PRICING: 'open',
        ORDERS_TABLE: 'orders',
        COMMAND_OUTCOMES_TABLE: 'outcomes',
        ORDER_BATCHES_TABLE: 'batches',
        ...config,
      } as ApiConfig,
      telemetry as unknown as Telemetry<'api'>,
      new AbortController().signal,
    );
    const values = (made.providers as ValueProvider[]).map(({ useValue }) => useValue as unknown);
    const valueOf = <Value>(Kind: new (...args: never[]) => Value) =>
      values.find((value) => value instanceof Kind) as Value;
    const [ids, table, queue] = [valueOf(OrderIds), valueOf(OrderTable), valueOf(OrdersQueue)];
    placement = new OrderPlacement(ids, valueOf(OrderPricing), table, queue, telemetry as unknown as Telemetry<'api'>);
    reading = new OrderReading(ids, table);
    changing = new OrderChanging(reading, valueOf(CommandIds), queue);
    orderId = ids.issue(customer.subject, 'a key');
    // A first call of a client reads files.
    await Promise.allSettled([queue.probe(), table.find('KEY')]);
    hangs = true;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    // Its timer is not one of those that Jest replaces.
    jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const ending = new AbortController();
      setTimeout(() => ending.abort(new DOMException('', 'TimeoutError')), ms);
      return ending.signal;
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  /** The status of each request and the time until its answer. */
  async function answersOf(ask: () => Promise<unknown>): Promise<{ status: number; waitedMs: number }[]> {
    const startMs = performance.now();
    const answers: { status: number; waitedMs: number }[] = [];
    const take = (status: number) => void answers.push({ status, waitedMs: performance.now() - startMs });
    for (let caller = 0; caller < CALLERS; caller += 1) {
      ask().then(
        () => take(202),
        (error: unknown) => take(problemOfError(error).status),
      );
    }
    while (answers.length < CALLERS) {
      await realTurn();
      await jest.advanceTimersByTimeAsync(STEP_MS);
    }
    return answers;
  }

  it.each<[string, () => Promise<unknown>]>([
    ['places an order', () => placement.place(placement.requested(customer, 'a key', submitted), bill, traceparent)],
    ['reads an order', () => reading.find(customer, orderId)],
    ['changes an order of their own', () => changing.request(customer, aCancellation(orderId))],
    ['changes any order', () => changing.request(warehouse, aCancellation(orderId))],
  ])('end within 2 s with 503, for each of many callers that %s', async (_, ask) => {
    const answers = await answersOf(ask);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(Math.max(...answers.map(({ waitedMs }) => waitedMs))).toBeLessThan(ANSWER_MS);
  });
});

function aCancellation(orderId: string): Parameters<OrderChanging['request']>[1] {
  const target = { shipmentId: undefined, returnId: undefined, expectedVersions: undefined };
  return { name: 'cancelOrder', orderId, ...target, idempotencyKey: 'a key', content: {}, traceparent };
}
