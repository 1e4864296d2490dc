import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlStore } from '../consumer/sql-store.ts';
import { exampleBody, SubscriberRun } from '../testing/subscriber-run.ts';
import { forgetOrders } from './forget-orders.ts';
import { takeMessage } from './reserved-goods.ts';
import { Stock } from './stock.ts';

const SKU = 'CLN-GLASS-750';
const [FIRST, SECOND] = ['1'.repeat(26), '2'.repeat(26)] as const;

const reserved = (stock: Stock) => stock.pool.rows('SELECT sku, quantity FROM reserved_goods WHERE quantity > 0');

describe('the goods of orders', () => {
  const folder = mkdtempSync(join(tmpdir(), 'inventory-'));
  let shops = 0;

  afterAll(() => rmSync(folder, { recursive: true }));

  function newShop(received: number) {
    const stock = new Stock(join(folder, `${(shops += 1)}.db`), { [SKU]: received });
    const store = new SqlStore(stock.pool);
    return { stock, take: (event: string, orderId: string = FIRST) => takeMessage(exampleBody(event, orderId), store) };
  }

  it('are reserved once, until they leave', async () => {
    const { stock, take } = newShop(10);
    const goods = [{ sku: SKU, quantity: 2 }];
    expect(await take('fulfillment_started')).toBe('applied');
    expect(reserved(stock)).toEqual(goods);
    expect(await take('fulfillment_started')).toBe('skipped');
    expect(reserved(stock)).toEqual(goods);
    expect(await take('shipped')).toBe('applied');
    expect(reserved(stock)).toEqual([]);
    expect(stock.ofOrder(FIRST)).toEqual([{ sku: SKU, onHand: 8, reserved: 0, short: 0 }]);
  });

  it('are reserved for what has not left, and not at all once the rest is cancelled', async () => {
    const { stock, take } = newShop(10);
    await take('partially_shipped');
    expect(reserved(stock)).toEqual([{ sku: SKU, quantity: 1 }]);
    expect(await take('rest_cancelled')).toBe('applied');
    expect(reserved(stock)).toEqual([]);
  });

  it('are on hand again when a return has come back', async () => {
    const { stock, take } = newShop(2);
    await take('delivered');
    expect(stock.ofOrder(FIRST)).toEqual([{ sku: SKU, onHand: 0, reserved: 0, short: 0 }]);
    await take('return_received');
    await take('return_closed');
    expect(stock.ofOrder(FIRST)).toEqual([{ sku: SKU, onHand: 1, reserved: 0, short: 0 }]);
  });

  it('go to the orders in the sequence of their arrival, and to the next one after a cancellation', async () => {
    const { stock, take } = newShop(3);
    await take('fulfillment_started', FIRST);
    await take('fulfillment_started', SECOND);
    expect(reserved(stock).map(({ quantity }) => quantity)).toEqual([2, 1]);
    expect(stock.ofOrder(SECOND)).toEqual([{ sku: SKU, onHand: 3, reserved: 3, short: 1 }]);
    await take('partially_shipped', FIRST);
    expect(stock.ofOrder(SECOND)).toEqual([{ sku: SKU, onHand: 2, reserved: 2, short: 1 }]);
    await take('rest_cancelled', FIRST);
    expect(stock.ofOrder(SECOND)).toEqual([{ sku: SKU, onHand: 2, reserved: 2, short: 0 }]);
  });

  it('are rebuilt by a replay after rows and versions were deleted, and a replay is skipped otherwise', async () => {
    const { stock, take } = newShop(10);
    await take('fulfillment_started');
    expect(await take('fulfillment_started')).toBe('skipped');
    const client = await stock.pool.connect();
    await forgetOrders(client);
    client.release();
    expect(reserved(stock)).toEqual([]);
    expect(await take('fulfillment_started')).toBe('applied');
    expect(reserved(stock)).toEqual([{ sku: SKU, quantity: 2 }]);
  });
});

describe('inventory', () => {
  let run: SubscriberRun;

  beforeAll(async () => {
    run = await SubscriberRun.start('inventory');
  });

  afterAll(() => run[Symbol.asyncDispose]());

  it('says which queue is missing, and ends', async () => {
    const { exit, reason } = await run.failedStart({ QUEUE: 'no-such.fifo' });
    expect(exit).toBe('exited with code 1');
    expect(reason).toMatch(/^there is no queue no-such.fifo/);
  });

  it('never reserves more than is on hand, whatever is repeated, late, out of order or killed', async () => {
    const file = join(run.folder, 'stock.json');
    writeFileSync(file, JSON.stringify({ [SKU]: 70, 'CLN-BULK': 15 }));
    await run.begin({ STOCK: file });
    const orders = await run.chaos(100);
    const stock = new Stock(run.database, {});
    // 20 orders kept one bottle after a return, 20 got one of two, and 20 still need two. 20 others need one of the other SKU.
    const bottle = orders.find(({ order }) => order.status === 'IN_FULFILLMENT')!;
    expect(stock.ofOrder(bottle.orderId)).toEqual([{ sku: SKU, onHand: 30, reserved: 30, short: 10 }]);
    const bulk = orders.find(({ order }) => order.status === 'CONFIRMED')!;
    expect(stock.ofOrder(bulk.orderId)).toEqual([{ sku: 'CLN-BULK', onHand: 15, reserved: 15, short: 5 }]);
    const lines = run.logs.lines.filter(({ event }) => event.startsWith('goods_'));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter(({ onHand, reserved }) => Number(reserved) > Number(onHand))).toEqual([]);
  });

  it('leaves a message that it cannot read, and ends on SIGTERM', async () => {
    await run.send('not an event', 'unreadable');
    const left = await run.logs.find('the message', ({ event }) => event === 'message_left');
    expect(left).toMatchObject({ code: 'MALFORMED_EVENT' });
    expect(await run.stop()).toBe('exited with code 0');
    expect(run.logs.lines.at(-1)?.event).toBe('service_stopped');
  });
});
