import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type MeasuredService, serviceMetrics } from '#libs/metrics';
import { placeOrder } from '#libs/orders';
import {
  anOrderRequest,
  aPlaceOrderCommand,
  aWholesaleRequest,
  shopRules,
} from '../libs/orders/src/testing/order-factory.ts';
import { EmbeddedMetrics } from './harness/embedded-metrics.ts';
import { Pipeline } from './harness/pipeline.ts';

const NAMESPACE = 'metrics-test';
const ORDERS = { Route: 'POST /v1/orders' };

const declared = (service: MeasuredService) => Object.keys(serviceMetrics[service]).sort();

describe('the metrics, for CloudWatch,', () => {
  let pipeline: Pipeline;
  let metrics: EmbeddedMetrics;
  let startMs: number;

  // Counters are reported once: the tests read the metrics after all requests, when the pipeline has stopped.
  beforeAll(async () => {
    const given = { METRICS: 'emf', METRICS_NAMESPACE: NAMESPACE, UNEXPECTED_RETRY_SECONDS: '1' };
    // The calls of the SDK, which test/harness/aws-calls records.
    pipeline = await Pipeline.start({ ...given, SQS_CALLS: 'sdk' });
    metrics = new EmbeddedMetrics(pipeline.logs);
    startMs = performance.now();
    try {
      const token = await pipeline.token('cust-1');
      const quarantined = putWithoutHistory();
      const orderId = await placeAndRefuse(token);
      await placeBatch();
      await doubleAndChange(token, orderId);
      await sendInvalidMessages();
      await quarantined;
      await logged('record_quarantined');
      await pipeline.logs.find('a report of the api', (line) => line['Service'] === 'api');
    } finally {
      await pipeline.stop();
    }
  });

  const logged = (event: string) => pipeline.logs.find(event, (line) => line.event === event);

  /** Sends an order twice, and four orders that are refused. */
  async function placeAndRefuse(token: string): Promise<string> {
    const key = randomUUID();
    const order = anOrderRequest();
    const { body } = await pipeline.place(token, order, key, { prefer: 'wait=10' });
    await pipeline.place(token, order, key);
    await pipeline.place(token, anOrderRequest(), key);
    await pipeline.place(token, {});
    await pipeline.place('no-token', anOrderRequest());
    await pipeline.place(token, aWholesaleRequest(100));
    await fetch(`${pipeline.url}/nowhere/${randomUUID()}`);
    return body['orderId'] as string;
  }

  /** Sends a batch with a valid and an invalid order. */
  async function placeBatch(): Promise<void> {
    const buyer = await pipeline.token('shop-1', 'wholesale');
    await pipeline.request('/v1/order-batches', buyer, {
      method: 'POST',
      headers: { 'idempotency-key': randomUUID(), 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify(aWholesaleRequest(100))}\n{"channel":"WHOLESALE"}`,
    });
    await logged('batch_part_recorded');
  }

  /** Sends the worker the same order twice, and two cancellations, the second of which it refuses. */
  async function doubleAndChange(token: string, orderId: string): Promise<void> {
    const key = randomUUID();
    const order = anOrderRequest();
    await pipeline.suspend('worker');
    await pipeline.place(token, order, key);
    await pipeline.place(token, order, key);
    await pipeline.change(token, orderId, 'cancellation');
    await pipeline.change(token, orderId, 'cancellation');
    await pipeline.resume('worker');
    await Promise.all(['order_duplicate', 'order_changed', 'command_refused'].map(logged));
  }

  async function sendInvalidMessages(): Promise<void> {
    await pipeline.sendToOrdersQueue('<order/>');
    await pipeline.sendToOrdersQueue('{"type":"order.unheard-of.v9"}');
    await Promise.all(['message_dead_lettered', 'message_left'].map(logged));
  }

  /** Stores an order from which no event can be made. */
  async function putWithoutHistory(): Promise<void> {
    const { AWS_REGION: region = '', AWS_ENDPOINT_URL_DYNAMODB: endpoint = '' } = pipeline.aws.env;
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = pipeline.credentials;
    const dynamodb = new DynamoDBClient({ region, endpoint, credentials: { accessKeyId, secretAccessKey } });
    const command = aPlaceOrderCommand();
    const { history: _history, ...order } = placeOrder(command, shopRules(), command.receivedAt);
    const Item = marshall(order, { removeUndefinedValues: true });
    await dynamodb.send(new PutItemCommand({ TableName: pipeline.aws.resources.ordersTableName, Item }));
    dynamodb.destroy();
  }

  it('are declared, and valid for CloudWatch', () => {
    expect(metrics.errors(NAMESPACE)).toEqual([]);
  });

  it('count the orders that the api accepted and refused', () => {
    expect(metrics.names('api')).toEqual(declared('api'));
    expect(metrics.sum('api', 'OrdersAccepted')).toBe(4);
    const refused = (Reason: string) => metrics.sum('api', 'OrdersRefused', { Reason });
    expect(metrics.dimension('api', 'Reason').sort()).toEqual(['forbidden', 'idempotency-conflict', 'invalid-request']);
    expect(refused('invalid-request')).toBe(2);
    expect(['forbidden', 'idempotency-conflict'].map(refused)).toEqual([1, 1]);
    // Four orders, a repetition and other content under its key, two cancellations, and the result of the batch.
    expect(metrics.values('api', 'EnqueueLatency')).toHaveLength(9);
    expect(metrics.values('api', 'PendingEnqueue').at(-1)).toBe(0);
  });

  it("count the api's answers by route and status, except for health checks", () => {
    const answers = (Status: string) => metrics.sum('api', 'HttpRequests', { ...ORDERS, Status });
    expect(['201', '202', '400', '401', '403', '422'].map(answers)).toEqual([1, 3, 1, 1, 1, 1]);
    const cancellations = { Route: 'POST /v1/orders/:orderId/cancellation', Status: '202' };
    expect(metrics.sum('api', 'HttpRequests', cancellations)).toBe(2);
    expect(metrics.sum('api', 'HttpRequests', { Route: 'unmatched', Status: '404' })).toBe(1);
    expect(metrics.dimension('api', 'Route').join()).not.toMatch(/health|nowhere/);
  });

  it('count the outcomes of the worker', () => {
    expect(metrics.names('worker')).toEqual(declared('worker'));
    expect(metrics.sum('worker', 'OrdersPersisted')).toBe(3);
    expect(metrics.sum('worker', 'OrdersChanged')).toBe(1);
    // The second cancellation, and other content under a used key.
    expect(metrics.sum('worker', 'CommandsRefused')).toBe(2);
    expect(metrics.sum('worker', 'Duplicates')).toBe(2);
    expect(metrics.sum('worker', 'DeadLettered', { Reason: 'MALFORMED_COMMAND' })).toBe(1);
    expect(metrics.sum('worker', 'MessagesLeft')).toBeGreaterThanOrEqual(1);
    // Three orders and a change.
    const delays = metrics.values('worker', 'DecisionDelay');
    expect(delays).toHaveLength(4);
    expect(Math.max(...delays)).toBeLessThan(performance.now() - startMs);
  });

  it('show the progress of the relay', () => {
    // No record was deleted before it was read.
    expect(metrics.names('stream-relay')).toEqual(declared('stream-relay').filter((name) => name !== 'Gaps'));
    expect(metrics.sum('stream-relay', 'RecordsRelayed')).toBe(4);
    expect(metrics.sum('stream-relay', 'Quarantined')).toBe(1);
    const highest = (name: string) => Math.max(...metrics.values('stream-relay', name));
    expect(highest('LeasesOwned')).toBe(1);
    expect(highest('IteratorAge')).toBeGreaterThan(0);
    // These are sampled once a second, so the test may miss a short wait.
    for (const name of ['UnrelayedRecords', 'UnownedShardAge']) {
      expect(Math.min(...metrics.values('stream-relay', name))).toBe(0);
    }
  });
});
