import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FeedEvent, OrdersClient, ProblemError } from '#libs/orders-client';
import { anOrderRequest } from '../../libs/orders/src/testing/order-factory.ts';
import { FaultyProxy } from '../harness/faulty-proxy.ts';
import { everyNode, PackedPackage } from '../harness/packed-package.ts';
import type { Pipeline } from '../harness/pipeline.ts';

const ROOT = join(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'libs/orders-client/package/README.md'), 'utf8');

/** What the feed has sent, up to a version. */
async function versionsUntil(feed: AsyncIterable<FeedEvent>, last: number, take: (event: FeedEvent) => unknown) {
  const versions: unknown[] = [];
  for await (const event of feed) {
    versions.push(event.version ?? event.order.status);
    await take(event);
    if (event.version === last) return versions;
  }
  return versions;
}

export function ordersClientTests(running: () => Pipeline): void {
  let pipeline: Pipeline;
  let proxy: FaultyProxy;
  let customer: string;
  let client: OrdersClient;
  let warehouse: OrdersClient;

  beforeAll(async () => {
    pipeline = running();
    proxy = await FaultyProxy.before(pipeline.url);
    customer = await pipeline.token('cust-client');
    client = new OrdersClient({ url: proxy.url, token: () => customer });
    const token = await pipeline.token('warehouse-1', 'fulfillment');
    warehouse = new OrdersClient({ url: proxy.url, token: () => token });
  });

  beforeEach(() => {
    proxy.received.length = 0;
  });

  afterAll(() => proxy.close());

  const keysSent = () => proxy.received.map(({ headers }) => headers['idempotency-key']);
  const codeOf = (error: unknown) => (error instanceof ProblemError ? error.problem.code : error);

  it('places an order once, through a refusal with Retry-After and a lost answer', async () => {
    proxy.faults.push({ status: 503, retryAfter: '1' }, 'answer lost');
    const order = await client.placeAndWait('cart-faults', anOrderRequest());
    expect(order).toMatchObject({ status: 'CONFIRMED', version: 1 });
    expect(keysSent().slice(0, 3)).toEqual(['cart-faults', 'cart-faults', 'cart-faults']);
    expect((await pipeline.storedOrders()).filter(({ customerId }) => customerId === 'cust-client')).toHaveLength(1);
    expect(await client.getOrder(order.orderId)).toEqual(order);
    expect(await client.get('getInvoice', { path: { orderId: order.orderId } })).toMatchObject({ total: order.total });
    const rows: string[] = [];
    for await (const { orderId } of client.listOrders({ limit: 1 })) rows.push(orderId);
    expect(rows).toEqual([order.orderId]);
  });

  it('waits for the worker with requests of the same key, and sends nothing more after 422', async () => {
    await pipeline.suspend('worker');
    const placed = client.placeAndWait('cart-slow', anOrderRequest());
    const late = client.placeAndWait('cart-late', anOrderRequest(), { deadlineMs: 1_500 });
    await expect(late).rejects.toMatchObject({ name: 'NoAnswerError' });
    await pipeline.resume('worker');
    expect(await placed).toMatchObject({ status: 'CONFIRMED' });
    proxy.received.length = 0;
    const other = client.placeAndWait('cart-slow', anOrderRequest()).catch(codeOf);
    expect(await other).toBe('idempotency-conflict');
    expect(keysSent()).toEqual(['cart-slow']);
  });

  it('sends the same key after it was killed, so that there is one order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'orders-client-'));
    const order = anOrderRequest();
    const script = `
      import { fileStorage, OrdersClient } from '#libs/orders-client';
      const token = () => ${JSON.stringify(customer)};
      const client = new OrdersClient({ url: '${proxy.url}', token, storage: fileStorage('${folder}') });
      console.log((await client.placeOrder('cart-killed', ${JSON.stringify(order)})).orderId);`;
    const start = () =>
      spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], {
        cwd: ROOT,
        env: { PATH: process.env['PATH'] },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    // The first process waits after the refusal, until it is killed.
    proxy.faults.push('answer lost', { status: 503, retryAfter: '20' });
    const first = start();
    while (proxy.received.length < 2)
      await once(first.stdout, 'data', { signal: AbortSignal.timeout(100) }).catch(() => 0);
    expect(readdirSync(folder)).toHaveLength(1);
    first.kill('SIGKILL');
    await once(first, 'exit');

    const second = start();
    const [orderId] = (await once(second.stdout, 'data')) as [Buffer];
    await once(second, 'exit');
    expect(keysSent()).toEqual(['cart-killed', 'cart-killed', 'cart-killed']);
    await pipeline.decided(customer, String(orderId).trim());
    const stored = (await pipeline.storedOrders()).filter(
      ({ payment }) => payment.reference === order.payment.reference,
    );
    expect(stored.map((one) => one.orderId)).toEqual([String(orderId).trim()]);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('changes an order only if it has the expected version', async () => {
    const { orderId } = await client.placeAndWait('cart-changed', anOrderRequest());
    proxy.faults.push('answer lost');
    const started = await warehouse.change('startFulfillment', `start-${orderId}`, { orderId, ifVersion: 1 });
    expect(started).toMatchObject({ status: 'IN_FULFILLMENT', version: 2 });
    const stale = await client.change('cancelOrder', 'cancel-1', { orderId, ifVersion: 1 }).catch((error) => error);
    expect(codeOf(stale)).toMatch(/forbidden|precondition-failed/);
    const body = { carrier: 'DHL', trackingNumber: 'JD01', items: [{ lineNumber: 1, quantity: 1 }] };
    const again = warehouse.change('createShipment', 'ship-1', { orderId, body, ifVersion: 1 });
    expect(await again.catch((error) => error)).toMatchObject({
      problem: { code: 'precondition-failed', status: 412, orderVersion: 2 },
    });
  });

  it('sends each change once over connections that are cut, and while the api restarts', async () => {
    await pipeline.suspend('worker');
    const { orderId } = await client.placeOrder('cart-watched', anOrderRequest());
    const items = [{ lineNumber: 1, quantity: 2 }];
    const body = { carrier: 'DHL', trackingNumber: 'JD01', items };
    // The first connection ends within the second event, the next one within its first.
    proxy.faults.push({ cutAfterEvents: 1 }, { cutAfterEvents: 0 });
    const steps: Record<string, () => Promise<unknown>> = {
      PENDING: () => pipeline.resume('worker'),
      1: () => warehouse.change('startFulfillment', 'start', { orderId }),
      2: async () => {
        await warehouse.change('createShipment', 'ship', { orderId, body });
        await pipeline.signal('api', 'SIGTERM');
      },
      3: () => warehouse.change('deliverShipment', 'deliver', { orderId, shipmentId: '1' }),
    };
    const step = (event: FeedEvent) => steps[event.version ?? event.order.status]?.();
    expect(await versionsUntil(client.watchOrder(orderId), 4, step)).toEqual(['PENDING', 1, 2, 3, 4]);
    const feeds = proxy.received.filter(({ url }) => url.endsWith('/events'));
    expect(feeds.map(({ headers }) => headers['last-event-id']).slice(0, 3)).toEqual([undefined, '0', '0']);
    expect(await versionsUntil(client.watchOrder(orderId, { afterVersion: 2 }), 4, () => 0)).toEqual([3, 4]);
    await expect(client.watchOrder('unknown').next()).rejects.toMatchObject({ problem: { code: 'not-found' } });
  });

  describe('as another team has it', () => {
    const packed = new PackedPackage('pack:orders-client', 'fargate-orders-client-1.0.0.tgz');

    beforeAll(() => packed.install());

    afterAll(() => packed.remove());

    it('passes the checks of publint and arethetypeswrong, and needs no other package', () => {
      const { publint, types } = packed.checked();
      expect(publint).toContain('All good!');
      expect(types).toMatch(/node16 \(from ESM\).*🟢 \(ESM\)/);
      expect(packed.installed).toEqual({
        'fargate-orders-client': expect.not.objectContaining({ dependencies: expect.anything() }),
      });
    });

    it('runs the example of its README, compiled strictly, on every Node of this machine', async () => {
      const [, example = ''] = /```ts\n(.*?)```/s.exec(README) ?? [];
      packed.write('example.ts', example);
      packed.compileStrictly('example.ts');
      const token = await pipeline.token('warehouse-1', 'fulfillment');
      for (const [number, node] of everyNode().entries()) {
        const input = { url: pipeline.url, customer, token, cart: `packed-${number}`, order: anOrderRequest() };
        packed.write('input.json', JSON.stringify(input));
        packed.write(
          'run.js',
          `import { placeCart, shipAndWait, shopClient } from './example.js';
          import input from './input.json' with { type: 'json' };
          const shop = shopClient(input.url, async () => input.customer);
          const warehouse = shopClient(input.url, async () => input.token);
          const answers = [await placeCart(shop, input.cart, input.order)];
          const orderId = answers[0].split(' ')[0];
          const started = await warehouse.change('startFulfillment', 'start', { orderId });
          const delivered = shipAndWait(warehouse, started);
          for await (const { order } of warehouse.watchOrder(orderId)) if (order.status === 'SHIPPED') break;
          await warehouse.change('deliverShipment', 'deliver', { orderId, shipmentId: '1' });
          answers.push(await delivered, await placeCart(shop, input.cart, { ...input.order, tax: -1 }));
          console.log(JSON.stringify(answers));`,
        );
        expect(JSON.parse(packed.run(node, ['run.js']))).toEqual([
          expect.stringMatching(/^[0-9A-Z]{26} is CONFIRMED$/),
          'change',
          expect.stringContaining('/tax '),
        ]);
      }
    });
  });
}
