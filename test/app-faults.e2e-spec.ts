import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { anOrderRequest } from '../libs/orders/src/testing/order-factory.ts';
import { appEnvironments, type AppName } from '../local/apps.ts';
import { nodePath } from '../local/processes/local-script.ts';
import { freePorts } from '../local/taken-ports.ts';
import { aFreshOrder } from './harness/fresh-order.ts';
import { expectNothingLostOrDuplicated } from './harness/nothing-lost.ts';
import { Pipeline } from './harness/pipeline.ts';

/** The api promises every answer within 2 s. A busy test machine is slower, but not as slow as this. */
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

/** Further processes beside a pipeline, each with a failing dependency or an invalid configuration. */
describe('a single app', () => {
  let pipeline: Pipeline;
  let token: string;

  beforeAll(async () => {
    pipeline = await Pipeline.start();
    token = await pipeline.token('cust-1');
  });

  afterAll(() => pipeline.stop());

  const children: ChildProcess[] = [];
  const blackHoles: Server[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) {
      const exited = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGKILL')) await exited;
    }
    for (const server of blackHoles.splice(0)) server.close();
  });

  /** Accepts connections and never answers. */
  async function blackHole(): Promise<string> {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    blackHoles.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Starts a second api on the same queue and table, with changes to its environment. */
  async function anotherApi(env: Record<string, string>): Promise<string> {
    const [port = 0] = await freePorts(1);
    const issuer = {
      AUTH_ISSUER: `http://127.0.0.1:${pipeline.ports.AUTH_PORT}`,
      AUTH_AUDIENCE: 'orders-api',
      AUTH_JWKS_URL: `http://127.0.0.1:${pipeline.ports.AUTH_PORT}/.well-known/jwks.json`,
    };
    const { api } = appEnvironments(pipeline.ports, pipeline.aws.resources, issuer);
    const child = runApp('api', {
      ...pipeline.credentials,
      ...pipeline.aws.env,
      ...pipeline.recordingEnv,
      ...api,
      API_PORT: String(port),
      ...env,
    });
    await outputOf(child, 'service_started');
    return `http://127.0.0.1:${port}`;
  }

  /** Resolves when the process has written this text. */
  function outputOf(child: ChildProcess, text: string): Promise<void> {
    return new Promise((resolve) => {
      child.stdout!.on('data', (chunk) => String(chunk).includes(text) && resolve());
    });
  }

  function runApp(app: AppName, env: Record<string, string>): ChildProcess {
    const main = join(import.meta.dirname, `../dist/apps/${app}/src/main.js`);
    const child = spawn(nodePath, [main], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  }

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

  /** Stands before SQS and holds every call until it is opened. */
  async function gate(): Promise<{ url: string; holdsCall: Promise<void>; open: () => void }> {
    const opened = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const { port } = new URL(pipeline.aws.env['AWS_ENDPOINT_URL_SQS'] ?? '');
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('readable', reached.resolve);
      void opened.promise.then(() => {
        // The api has given up this call and sent it again.
        if (socket.destroyed) return;
        const target = connect(Number(port), '127.0.0.1').on('error', () => socket.destroy());
        socket.pipe(target).pipe(socket);
      });
    }).listen(0, '127.0.0.1');
    blackHoles.push(server);
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, holdsCall: reached.promise, open: opened.resolve };
  }

  it('answers every request that is in progress when it gets SIGTERM', async () => {
    const sqs = await gate();
    const url = await anotherApi({ AWS_ENDPOINT_URL_SQS: sqs.url });
    const placing = await Promise.all(Array.from({ length: 50 }, () => startPlacing(url)));
    const [api] = children as [ChildProcess];
    const stopping = outputOf(api, 'service_stopping');
    const exited = once(api, 'exit');
    // Half of the requests are complete and wait for SQS, at most 1 s. The bodies of the others arrive after the signal.
    const first = placing.slice(0, 25).map(({ finish }) => finish());
    await sqs.holdsCall;
    api.kill('SIGTERM');
    await stopping;
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
    const url = await anotherApi({});
    const idle = connect(Number(new URL(url).port), '127.0.0.1');
    await once(idle, 'connect');
    const { finish } = await startPlacing(url);
    const [api] = children as [ChildProcess];
    const exited = once(api, 'exit');
    const closed = once(
      idle.on('error', () => undefined),
      'close',
    );
    api.kill('SIGTERM');
    await closed;
    expect((await finish()).status).toBe(202);
    expect(await exited).toEqual([0, null]);
  });

  it.each<[string, () => Promise<string>]>([
    ['does not answer', blackHole],
    ['is down', async () => `http://127.0.0.1:${(await freePorts(1))[0]}`],
  ])('answers 503 with Retry-After when SQS %s, and is not ready', async (what, endpoint) => {
    const url = await anotherApi({ AWS_ENDPOINT_URL_SQS: await endpoint() });
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

  it('accepts orders when the table does not answer, and stays ready', async () => {
    const url = await anotherApi({ AWS_ENDPOINT_URL_DYNAMODB: await blackHole() });
    expect((await timed(url)).status).toBe(202);
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ dependencies: { ordersTable: { status: 'down', required: false } } });
  });

  it('answers 503 to reads and changes when the table does not answer', async () => {
    const orderId = await pipeline.accepted(token, anOrderRequest());
    const warehouse = await pipeline.token('warehouse', 'fulfillment');
    const url = await anotherApi({ AWS_ENDPOINT_URL_DYNAMODB: await blackHole() });
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
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
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
    const child = runApp(app, port);
    let stderr = '';
    child.stderr!.on('data', (chunk) => (stderr += String(chunk)));
    expect(await once(child, 'close')).toEqual([1, null]);
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
    const child = runApp('stream-relay', { ...emulators, ...relay, RELAY_PORT: String(port), ...env });
    let stderr = '';
    child.stderr!.on('data', (chunk) => (stderr += String(chunk)));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr).toContain(`invalid configuration:\n  - ${error}`);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
