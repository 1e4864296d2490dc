import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { aFreshOrder } from '#libs/orders';
import { anOrderRequest } from '../../libs/orders/src/testing/order-factory.ts';
import { appEnvironments, type AppName } from '../../local/apps.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { FurtherApps } from '../harness/further-apps.ts';
import { expectNothingLostOrDuplicated } from '../harness/nothing-lost.ts';
import type { Pipeline } from '../harness/pipeline.ts';

/** The api promises every answer within 2 s, which `resources.module.spec.ts` tests. A busy test machine is slower, but not as slow as this. */
const ANSWER_BOUND_MS = 10_000;

interface PlacingAnswer {
  status: number;
  headers: Headers;
  body: { type?: string; orderId?: string };
}

/** Prints a measured time into the log of the run. */
function report(what: string, timesMs: readonly number[]): void {
  process.stdout.write(`app faults: ${what}: at most ${Math.ceil(Math.max(...timesMs))} ms\n`);
}

/** Further apps beside those of the pipeline, each with a failing dependency or an invalid configuration. */
export function appFaultTests(running: () => Pipeline): void {
  let pipeline: Pipeline;
  let token: string;
  let apps: FurtherApps;

  beforeAll(async () => {
    pipeline = running();
    token = await pipeline.token('cust-1');
  });

  beforeEach(() => {
    apps = new FurtherApps(pipeline);
  });

  afterEach(() => apps.stop());

  const placingHeaders = () => ({
    authorization: `Bearer ${token}`,
    'idempotency-key': randomUUID(),
    'content-type': 'application/json',
  });

  function assertDescribed({ status, headers, body }: PlacingAnswer): void {
    const contentType = headers.get('content-type') ?? '';
    pipeline.openApi.assertDescribes({ method: 'POST', path: '/v1/orders', status, contentType, body });
  }

  /** Places an order and measures how long the answer takes. */
  async function timed(url: string): Promise<PlacingAnswer & { tookMs: number }> {
    const startMs = performance.now();
    const body = JSON.stringify(aFreshOrder());
    const response = await fetch(`${url}/v1/orders`, { method: 'POST', headers: placingHeaders(), body });
    const answer = { status: response.status, headers: response.headers, body: (await response.json()) as object };
    const tookMs = performance.now() - startMs;
    assertDescribed(answer);
    return { ...answer, tookMs };
  }

  /** Sends the head of a request, and resolves when the api has received it. `finish` sends the body. */
  async function startPlacing(url: string): Promise<{ finish: () => Promise<PlacingAnswer> }> {
    const body = JSON.stringify(aFreshOrder());
    const headers = { ...placingHeaders(), 'content-length': Buffer.byteLength(body), expect: '100-continue' };
    const sending = request(`${url}/v1/orders`, { method: 'POST', headers, agent: false });
    sending.flushHeaders();
    await once(sending, 'continue');
    const finish = async () => {
      const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
      sending.end(body);
      const [response] = await answered;
      const { statusCode: status = 0, headers: fields } = response;
      return { status, headers: new Headers(fields as Record<string, string>), body: JSON.parse(await text(response)) };
    };
    return { finish };
  }

  it('answers every request that is in progress when it gets SIGTERM', async () => {
    const sqs = await apps.gate();
    const api = await apps.api({ AWS_ENDPOINT_URL_SQS: sqs.url });
    const placing = await Promise.all(Array.from({ length: 50 }, () => startPlacing(api.url)));
    const exited = once(api.process, 'exit');
    // Half of the requests are complete and wait for SQS, at most 1 s. The bodies of the others arrive after the signal.
    const first = placing.slice(0, 25).map(({ finish }) => finish());
    await sqs.holdsCall;
    api.process.kill('SIGTERM');
    await api.logs.find('the api stops', ({ event }) => event === 'service_stopping');
    sqs.open();
    const last = placing.slice(25).map(({ finish }) => finish());
    const answers = await Promise.all([...first, ...last]);
    answers.forEach(assertDescribed);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 202));
    expect(await exited).toEqual([0, null]);
    await expectNothingLostOrDuplicated(
      pipeline,
      token,
      answers.map(({ body }) => body.orderId as string),
    );
  });

  it('closes a connection that has sent nothing when it gets SIGTERM, and waits for a request in progress', async () => {
    const api = await apps.api({});
    const idle = connect(Number(new URL(api.url).port), '127.0.0.1');
    await once(idle, 'connect');
    const { finish } = await startPlacing(api.url);
    const exited = once(api.process, 'exit');
    const closed = once(
      idle.on('error', () => undefined),
      'close',
    );
    api.process.kill('SIGTERM');
    await closed;
    expect((await finish()).status).toBe(202);
    expect(await exited).toEqual([0, null]);
  });

  it.each<[string, () => Promise<string>]>([
    ['does not answer', () => apps.blackHole()],
    ['is down', async () => `http://127.0.0.1:${(await freePorts(1))[0]}`],
  ])('answers 503 with Retry-After when SQS %s, and is not ready', async (what, endpoint) => {
    const { url } = await apps.api({ AWS_ENDPOINT_URL_SQS: await endpoint() });
    const answers = await Promise.all(Array.from({ length: 30 }, () => timed(url)));
    report(
      `30 answers when SQS ${what}`,
      answers.map(({ tookMs }) => tookMs),
    );
    for (const { status, headers, body, tookMs } of answers) {
      expect({ status, type: body.type }).toEqual({ status: 503, type: 'urn:fargate-orders:problem:unavailable' });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(tookMs).toBeLessThan(ANSWER_BOUND_MS);
    }
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      status: 'not_ready',
      dependencies: { ordersQueue: { status: 'down' }, ordersTable: { status: 'up' } },
    });
  });

  it('accepts orders when the table does not answer, and stays ready; answers 503 to reads and changes', async () => {
    const orderId = await pipeline.accepted(token, anOrderRequest());
    const warehouse = await pipeline.token('warehouse', 'fulfillment');
    const { url } = await apps.api({ AWS_ENDPOINT_URL_DYNAMODB: await apps.blackHole() });
    expect((await timed(url)).status).toBe(202);
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ dependencies: { ordersTable: { status: 'down', required: false } } });

    const ask = async (path: string, method: string, bearer: string) => {
      const startMs = performance.now();
      const headers = { authorization: `Bearer ${bearer}`, 'idempotency-key': randomUUID() };
      const { status } = await fetch(`${url}${path}`, { method, headers });
      return { status, tookMs: performance.now() - startMs };
    };
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => [
        ask(`/v1/orders/${orderId}`, 'GET', token),
        ask('/v1/orders', 'GET', token),
        ask(`/v1/orders/${orderId}/fulfillment`, 'POST', warehouse),
      ]).flat(),
    );
    // A caller has four reads in progress; the others wait for a second at most, and then get 429.
    const read = answers.filter((_, n) => n % 3 < 2).map(({ status }) => status);
    expect(new Set(read)).toEqual(new Set([503, 429]));
    expect(new Set(answers.filter((_, n) => n % 3 === 2).map(({ status }) => status))).toEqual(new Set([503]));
    const timesMs = answers.map(({ tookMs }) => tookMs);
    report('90 answers when the table does not answer', timesMs);
    expect(Math.max(...timesMs)).toBeLessThan(ANSWER_BOUND_MS);
  });

  it.each<[AppName, string[]]>([
    [
      'api',
      [
        'API_PORT',
        'ORDERS_QUEUE_URL is missing',
        'ORDER_ID_KEYS',
        'AUTH_ISSUER is missing',
        'OTEL_EXPORTER_OTLP_ENDPOINT is missing',
      ],
    ],
    ['worker', ['WORKER_PORT', 'ORDERS_QUEUE_URL is missing', 'ORDERS_DLQ_URL is missing']],
    ['stream-relay', ['RELAY_PORT', 'ORDERS_STREAM_ARN is missing', 'ORDER_EVENTS_TOPIC_ARN is missing']],
  ])('does not start the %s with an invalid configuration, and lists every error', async (app, errors) => {
    const port = { API_PORT: 'x', WORKER_PORT: 'x', RELAY_PORT: 'x', ORDER_ID_KEYS: 'too-short', METRICS: 'otlp' };
    const { code, stderr } = await apps.ended(app, port);
    expect(code).toBe(1);
    for (const error of errors) expect(stderr).toContain(error);
    expect(stderr).not.toContain('too-short');
  });

  it.each<[string, Record<string, string>, string]>([
    ['the lease table is missing', { LEASES_TABLE: 'nowhere' }, 'LEASES_TABLE: the lease table must exist'],
    [
      'the ARN is the ARN of a table',
      { ORDERS_STREAM_ARN: 'arn:aws:dynamodb:eu-central-1:000000000000:table/orders' },
      'ORDERS_STREAM_ARN: must be the ARN of a DynamoDB stream',
    ],
    [
      'the stream is missing',
      {
        ORDERS_STREAM_ARN: 'arn:aws:dynamodb:eu-central-1:000000000000:table/nowhere/stream/2030-01-01T00:00:00.000',
      },
      'ORDERS_STREAM_ARN: the stream and its shards must exist',
    ],
  ])('does not start the stream-relay when %s, and prints the reason without a stack', async (_what, env, error) => {
    const [port = 0] = await freePorts(1);
    const relay = appEnvironments(pipeline.ports, pipeline.aws.resources, {} as never)['stream-relay'];
    const emulators = { ...pipeline.credentials, ...pipeline.aws.env };
    const { code, stderr } = await apps.ended('stream-relay', {
      ...emulators,
      ...relay,
      RELAY_PORT: String(port),
      ...env,
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`invalid configuration:\n  - ${error}`);
    expect(stderr).not.toMatch(/^ +at /m);
  });
  it('prints its metrics for people, and the latest values when it stops', async () => {
    const api = await apps.api({ METRICS: 'log' });
    expect((await timed(api.url)).status).toBe(202);
    api.process.kill('SIGTERM');
    const line = await api.logs.find('metrics', ({ event, service }) => event === 'metrics' && service === 'api');
    expect(line).toMatchObject({
      level: 'info',
      OrdersAccepted: 1,
      // Sampled once a second, possibly while the order waits.
      PendingEnqueue: expect.any(Number),
      EnqueueLatency: { values: 1, p50: expect.any(Number), p99: expect.any(Number), max: expect.any(Number) },
      'HttpRequests POST /v1/orders 202': 1,
    });
    expect(api.logs.text.join('\n')).not.toContain('_aws');
  });
}
