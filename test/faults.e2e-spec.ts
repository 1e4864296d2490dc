import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { anOrderRequest } from '../libs/orders/src/testing/order-factory.ts';
import { appEnvironments, type AppName } from '../local/apps.ts';
import { nodePath } from '../local/processes/local-script.ts';
import { freePorts } from '../local/taken-ports.ts';
import { Load } from './harness/load.ts';
import { Pipeline, SERVICES } from './harness/pipeline.ts';

/** Each accepted order is in the table once and was told to each service once. */
async function expectNothingLostOrDoubled(pipeline: Pipeline, orderIds: readonly string[]): Promise<void> {
  for (const service of SERVICES) {
    const inbox = pipeline.inboxes[service];
    await inbox.untilTold(orderIds);
    const told = inbox.events.map(({ subject }) => subject).filter((orderId) => orderIds.includes(orderId));
    expect(told.toSorted()).toEqual(orderIds.toSorted());
  }
  const stored = (await pipeline.storedOrders())
    .map(({ orderId }) => orderId)
    .filter((orderId) => orderIds.includes(orderId));
  expect(stored.toSorted()).toEqual(orderIds.toSorted());
}

describe('under fire', () => {
  let pipeline: Pipeline;
  let token: string;

  beforeAll(async () => {
    pipeline = await Pipeline.start({ RELAY_LEASE_SECONDS: '3' });
    token = await pipeline.token('cust-1');
  });

  afterAll(() => pipeline.stop());

  it.each<[AppName, NodeJS.Signals]>([
    ['worker', 'SIGKILL'],
    ['stream-relay', 'SIGKILL'],
    ['worker', 'SIGTERM'],
    ['stream-relay', 'SIGTERM'],
  ])(
    'loses and doubles nothing when the %s gets %s in mid-flow',
    async (app, signal) => {
      const load = new Load(pipeline, token, { orders: 300, clients: 10 });
      await load.atLeast(100);
      await pipeline.signal(app, signal);
      await load.finished;
      await expectNothingLostOrDoubled(pipeline, load.accepted);
    },
    90_000,
  );

  it('hands over within a moment when the relay gets SIGTERM: the next one needs not wait for the lease', async () => {
    const from = pipeline.logs.lines.length;
    await pipeline.signal('stream-relay', 'SIGTERM');
    const released = await pipeline.logs.find('lease released', ({ event }) => event === 'lease_released', from);
    const claimed = await pipeline.logs.find('lease claimed', ({ event }) => event === 'lease_claimed', from);
    const elapsed = Date.parse(claimed['time'] as string) - Date.parse(released['time'] as string);
    expect(elapsed).toBeLessThan(3_000);
  });

  it('finishes and acknowledges what the worker has in hand when it gets SIGTERM', async () => {
    const from = pipeline.logs.lines.length;
    const load = new Load(pipeline, token, { orders: 200, clients: 20 });
    await load.atLeast(50);
    await pipeline.signal('worker', 'SIGTERM');
    await load.finished;
    await expectNothingLostOrDoubled(pipeline, load.accepted);
    // A message that was handled and not acknowledged would come back as a duplicate.
    const events = pipeline.logs.lines.slice(from).map(({ event }) => event);
    expect(events).toContain('service_stopped');
    expect(events.filter((event) => event === 'order_duplicate')).toEqual([]);
  });

  it('answers every request that the api has in hand when it gets SIGTERM', async () => {
    const requests = Array.from({ length: 50 }, () => pipeline.place(token, anOrderRequest()));
    const stopped = pipeline.signal('api', 'SIGTERM');
    const answers = await Promise.allSettled(requests);
    await stopped;
    // A connection that was never taken is refused; one that was taken is answered in full.
    const accepted = answers.filter((answer) => answer.status === 'fulfilled').map(({ value }) => value);
    expect(accepted.map(({ status }) => status).filter((status) => status !== 202)).toEqual([]);
    await expectNothingLostOrDoubled(
      pipeline,
      accepted.map(({ body }) => body['orderId'] as string),
    );
  });

  describe('with a dependency that fails', () => {
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
        ...api,
        API_PORT: String(port),
        ...env,
      });
      for await (const chunk of child.stdout!) if (String(chunk).includes('service_started')) break;
      return `http://127.0.0.1:${port}`;
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
    ): Promise<{ status: number; headers: Headers; body: { type?: string }; tookMs: number }> {
      const began = performance.now();
      const response = await fetch(`${url}/v1/orders`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'idempotency-key': `k-${Math.random()}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(anOrderRequest()),
      });
      const body = (await response.json()) as { type?: string };
      return { status: response.status, headers: response.headers, body, tookMs: performance.now() - began };
    }

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

    it.each<[AppName, string[]]>([
      ['api', ['API_PORT', 'ORDERS_QUEUE_URL is missing', 'ORDER_ID_KEYS', 'AUTH_ISSUER is missing']],
      ['worker', ['WORKER_PORT', 'ORDERS_QUEUE_URL is missing', 'ORDERS_DLQ_URL is missing']],
      ['stream-relay', ['RELAY_PORT', 'ORDERS_STREAM_ARN is missing', 'ORDER_EVENTS_TOPIC_ARN is missing']],
    ])('does not start the %s with a bad configuration, and lists every fault', async (app, faults) => {
      const port = { API_PORT: 'x', WORKER_PORT: 'x', RELAY_PORT: 'x', ORDER_ID_KEYS: 'too-short' };
      const child = runApp(app, port);
      let stderr = '';
      child.stderr!.on('data', (chunk) => (stderr += String(chunk)));
      expect(await once(child, 'close')).toEqual([1, null]);
      for (const fault of faults) expect(stderr).toContain(fault);
      expect(stderr).not.toContain('too-short');
    });
  });
});
