import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { anOrderRequest } from '../libs/orders/src/testing/order-factory.ts';
import { appEnvironments, type AppName } from '../local/apps.ts';
import { nodePath } from '../local/processes/local-script.ts';
import { freePorts } from '../local/taken-ports.ts';
import { aFreshOrder } from './harness/fresh-order.ts';
import { expectNothingLostOrDoubled } from './harness/nothing-lost.ts';
import { Pipeline } from './harness/pipeline.ts';

/** Processes beside those of a pipeline, each with something else amiss. */
describe('an app of its own', () => {
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

  /** Takes connections and never answers. */
  async function blackHole(): Promise<string> {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    blackHoles.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** A second api on the same queue and table, with some of its environment changed. */
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

  /** Resolves when the process has written that. */
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

  async function timed(
    url: string,
  ): Promise<{ status: number; headers: Headers; body: { type?: string; orderId?: string }; tookMs: number }> {
    const began = performance.now();
    const response = await fetch(`${url}/v1/orders`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': `k-${Math.random()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(aFreshOrder()),
    });
    const body = (await response.json()) as { type?: string; orderId?: string };
    const tookMs = performance.now() - began;
    const { status, headers } = response;
    const contentType = headers.get('content-type') ?? '';
    pipeline.openApi.mustDescribe({ method: 'POST', path: '/v1/orders', status, contentType, body });
    return { status, headers, body, tookMs };
  }

  /** Holds back what is sent to SQS until it is opened. */
  async function gate(orders: number): Promise<{ url: string; holdsAll: Promise<void>; open: () => void }> {
    const opened = Promise.withResolvers<void>();
    const full = Promise.withResolvers<void>();
    const { port } = new URL(pipeline.aws.env['AWS_ENDPOINT_URL_SQS'] ?? '');
    const held = new Map<Socket, number>();
    const server = createServer((socket) => {
      const chunks: Buffer[] = [];
      const hold = (chunk: Buffer) => {
        chunks.push(chunk);
        held.set(socket, String(Buffer.concat(chunks)).split('order.place.v1').length - 1);
        if ([...held.values()].reduce((sum, count) => sum + count) >= orders) full.resolve();
      };
      socket.on('error', () => undefined).on('data', hold);
      void opened.promise.then(() => {
        const target = connect(Number(port), '127.0.0.1').on('error', () => socket.destroy());
        socket.off('data', hold);
        for (const chunk of chunks) target.write(chunk);
        socket.pipe(target).pipe(socket);
      });
    }).listen(0, '127.0.0.1');
    blackHoles.push(server);
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, holdsAll: full.promise, open: opened.resolve };
  }

  it('answers every request that it has in hand when it gets SIGTERM', async () => {
    const sqs = await gate(50);
    const url = await anotherApi({ AWS_ENDPOINT_URL_SQS: sqs.url });
    const requests = Array.from({ length: 50 }, () => timed(url));
    await sqs.holdsAll;
    const [api] = children as [ChildProcess];
    const stopping = outputOf(api, 'service_stopping');
    const exited = once(api, 'exit');
    api.kill('SIGTERM');
    await stopping;
    sqs.open();
    const answers = await Promise.all(requests);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 202));
    expect(await exited).toEqual([0, null]);
    await expectNothingLostOrDoubled(
      pipeline,
      token,
      answers.map(({ body }) => body.orderId as string),
    );
  });

  it('waits for no connection that has asked for nothing when it gets SIGTERM', async () => {
    const { port } = new URL(await anotherApi({}));
    const idle = connect(Number(port), '127.0.0.1');
    await once(idle, 'connect');
    const [api] = children as [ChildProcess];
    const exited = once(api, 'exit');
    const from = performance.now();
    api.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    // A request that has begun is given 15 s.
    expect(performance.now() - from).toBeLessThan(5_000);
    idle.destroy();
  });

  it.each<[string, () => Promise<string>]>([
    ['does not answer', blackHole],
    ['is down', async () => `http://127.0.0.1:${(await freePorts(1))[0]}`],
  ])('answers 503 with Retry-After within 2 s when SQS %s, and is not ready', async (_, endpoint) => {
    const url = await anotherApi({ AWS_ENDPOINT_URL_SQS: await endpoint() });
    const answers = await Promise.all(Array.from({ length: 30 }, () => timed(url)));
    for (const { status, headers, body, tookMs } of answers) {
      expect({ status, type: body.type }).toEqual({ status: 503, type: 'urn:fargate-orders:problem:unavailable' });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(tookMs).toBeLessThan(2_000);
    }
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      status: 'not_ready',
      dependencies: { ordersQueue: { status: 'down' }, ordersTable: { status: 'up' } },
    });
  });

  it('still accepts orders when the table does not answer, and stays ready', async () => {
    const url = await anotherApi({ AWS_ENDPOINT_URL_DYNAMODB: await blackHole() });
    expect((await timed(url)).status).toBe(202);
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ dependencies: { ordersTable: { status: 'down', required: false } } });
  });

  it('answers reads and changes 503 within 2 s when the table does not answer', async () => {
    const orderId = await pipeline.accepted(token, anOrderRequest());
    const warehouse = await pipeline.token('warehouse', 'fulfillment');
    const url = await anotherApi({ AWS_ENDPOINT_URL_DYNAMODB: await blackHole() });
    const asked = async (path: string, method: string, bearer: string) => {
      const began = performance.now();
      const headers = { authorization: `Bearer ${bearer}`, 'idempotency-key': `k-${Math.random()}` };
      const { status } = await fetch(`${url}${path}`, { method, headers });
      return { status, tookMs: performance.now() - began };
    };
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => [
        asked(`/v1/orders/${orderId}`, 'GET', token),
        asked('/v1/orders', 'GET', token),
        asked(`/v1/orders/${orderId}/fulfillment`, 'POST', warehouse),
      ]).flat(),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(2_000);
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
  ])('does not start the %s with a bad configuration, and lists every fault', async (app, faults) => {
    const port = { API_PORT: 'x', WORKER_PORT: 'x', RELAY_PORT: 'x', ORDER_ID_KEYS: 'too-short', METRICS: 'otlp' };
    const child = runApp(app, port);
    let stderr = '';
    child.stderr!.on('data', (chunk) => (stderr += String(chunk)));
    expect(await once(child, 'close')).toEqual([1, null]);
    for (const fault of faults) expect(stderr).toContain(fault);
    expect(stderr).not.toContain('too-short');
  });

  it.each<[string, Record<string, string>, string]>([
    ['the lease table is missing', { LEASES_TABLE: 'nowhere' }, 'LEASES_TABLE: the lease table must exist'],
    [
      'the ARN is that of a table',
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
  ])('does not start the stream-relay when %s, and says so without a stack', async (_what, env, fault) => {
    const [port = 0] = await freePorts(1);
    const relay = appEnvironments(pipeline.ports, pipeline.aws.resources, {} as never)['stream-relay'];
    const emulators = { ...pipeline.credentials, ...pipeline.aws.env };
    const child = runApp('stream-relay', { ...emulators, ...relay, RELAY_PORT: String(port), ...env });
    let stderr = '';
    child.stderr!.on('data', (chunk) => (stderr += String(chunk)));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr).toContain(`invalid configuration:\n  - ${fault}`);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
