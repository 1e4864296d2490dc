import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BatchGetItemCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsClient } from '#libs/service';
import { freePorts } from '../../../local/taken-ports.ts';
import { EmbeddedAws } from '../../../test/harness/embedded-aws.ts';
import {
  decideChange,
  type OrderError,
  type OrderSummary,
  importOrder,
  placeOrder,
  type StoredOrder,
  WORK_LISTS,
  type WorkList,
} from '#libs/orders';
import type { OrderFilter } from './order-list.ts';
import { OrderTable } from './order-table.ts';
import { aChange } from '../../orders/src/testing/change-factory.ts';
import {
  anImportedOrder,
  anOrderRequest,
  aPlaceOrderCommand,
  aWholesaleRequest,
  shopRules,
} from '../../orders/src/testing/order-factory.ts';

const placed = (changes: Parameters<typeof aPlaceOrderCommand>[0] = {}, now = '2026-01-02T03:04:06.000Z') =>
  placeOrder(aPlaceOrderCommand(changes), shopRules(1), now);

describe('OrderTable', () => {
  let aws: EmbeddedAws;
  let table: OrderTable;

  beforeAll(async () => {
    aws = await EmbeddedAws.start();
    table = new OrderTable(aws.dynamodb, aws.resources.ordersTableName);
  });

  afterAll(() => aws.stop());

  it('reads back an order as it was created', async () => {
    const order = placed();
    expect(await table.create(order)).toEqual({ created: true });
    expect(await table.find(order.orderKey)).toEqual(JSON.parse(JSON.stringify(order)));
  });

  it('finds an imported order by its number in the other system', async () => {
    const { orderId } = importOrder(anImportedOrder(), 1, false);
    const list = (importedNumber: string) => table.list({ of: { importedNumber }, limit: 20 });
    expect(await list('2019-0042')).toEqual({ data: [], nextCursor: null });
    await table.create(importOrder(anImportedOrder(), 1, false));
    const row = { orderId, importedNumber: '2019-0042', customerId: 'cust-1', status: 'SHIPPED' };
    expect(await list('2019-0042')).toMatchObject({ data: [row], nextCursor: null });
    expect(await list('2019-0043')).toMatchObject({ data: [] });
  });

  it.each([
    ['reads keys again that DynamoDB left unprocessed', 2],
    ['answers that the table is unavailable when it leaves them unprocessed again and again', Infinity],
  ])('%s', async (_, unprocessedCalls) => {
    const order = placed();
    await table.create(order);
    const client = aws.dynamodbClient();
    let calls = 0;
    client.middlewareStack.add(
      (next) => async (args) => {
        calls += 1;
        if (calls > unprocessedCalls) return next(args);
        const { RequestItems } = args.input as BatchGetItemCommandInput;
        return { response: {}, output: { Responses: {}, UnprocessedKeys: RequestItems, $metadata: {} } as never };
      },
      { step: 'initialize' },
    );
    const reading = new OrderTable(client, aws.resources.ordersTableName).find(order.orderKey);
    if (unprocessedCalls === 2) expect(await reading).toMatchObject({ orderId: order.orderId });
    else await expect(reading).rejects.toMatchObject({ code: 'TABLE_UNAVAILABLE' });
    expect(calls).toBeGreaterThan(2);
    expect(calls).toBeLessThan(8);
  });

  it('leaves an existing order as it is and returns it', async () => {
    const order = placed();
    await table.create(order);
    const later = { ...order, updatedAt: '2030-01-01T00:00:00.000Z' };
    expect(await table.create(later)).toMatchObject({ created: false, existing: { updatedAt: order.updatedAt } });
  });

  it('creates one order from many concurrent creates, whichever batches they are in', async () => {
    const order = placed();
    const creations = await Promise.all(Array.from({ length: 30 }, () => table.create(order)));
    expect(creations.filter(({ created }) => created)).toHaveLength(1);
  });

  it('creates a hundred concurrent orders in a handful of calls', async () => {
    const before = aws.callsOf('BatchExecuteStatementCommand');
    const creations = await Promise.all(Array.from({ length: 100 }, () => table.create(placed())));
    expect(creations.every(({ created }) => created)).toBe(true);
    // One alone, then full batches of 25 with up to four at a time.
    expect(aws.callsOf('BatchExecuteStatementCommand') - before).toBeLessThanOrEqual(6);
  });

  it('permanently refuses an order that is too large for an item, and creates its neighbours', async () => {
    const line = { sku: 'S', name: 'x'.repeat(5_000), quantity: 1, unitPrice: 1 };
    const tooLarge = placed({ request: anOrderRequest({ lineItems: Array.from({ length: 100 }, () => line) }) });
    const [refused, ...others] = await Promise.allSettled(
      [tooLarge, placed(), placed()].map((order) => table.create(order)),
    );
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'ITEM_REFUSED' } });
    expect(others).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
  });

  it('refuses only the bad order of a call that fails as a whole', async () => {
    const client = aws.dynamodbClient();
    // AWS fails the whole call for some bad statements.
    client.middlewareStack.add(
      (next) => (args) => {
        if (!JSON.stringify(args.input).includes('cust-bad')) return next(args);
        return Promise.reject(Object.assign(new Error('bad statement'), { name: 'ValidationException' }));
      },
      { step: 'initialize' },
    );
    const strict = new OrderTable(client, aws.resources.ordersTableName);
    const orders = ['cust-1', 'cust-2', 'cust-bad', 'cust-3'].map((customerId) => placed({ customerId }));
    const outcomes = await Promise.allSettled(orders.map((order) => strict.create(order)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[2]).toMatchObject({ reason: { code: 'ITEM_REFUSED' } });
    client.destroy();
  });

  it('rejects with TABLE_UNAVAILABLE when the table does not answer', async () => {
    const [port = 0] = await freePorts(1);
    const nowhere = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const unreachable = new OrderTable(nowhere, aws.resources.ordersTableName);
    await expect(unreachable.create(placed())).rejects.toMatchObject({ code: 'TABLE_UNAVAILABLE' });
    await expect(unreachable.probe()).rejects.toMatchObject({ code: 'TABLE_UNAVAILABLE' });
  });

  it('answers many reads of one order, and of many, with a few calls', async () => {
    const order = placed();
    await table.create(order);
    const before = aws.callsOf('BatchGetItemCommand');
    const keys = Array.from({ length: 300 }, (_, read) => (read % 2 ? order.orderKey : `NONE${read}`));
    const found = await Promise.all(keys.map((key) => table.find(key)));
    expect(found.filter(Boolean)).toHaveLength(150);
    expect(aws.callsOf('BatchGetItemCommand') - before).toBeLessThanOrEqual(5);
  });

  it('gives up in time on a table that hangs, however many wait', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bounds = { requestTimeoutMs: 500, maxAttempts: 1, maxSockets: 16 };
    const hanging = awsClient(DynamoDBClient, bounds, {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const slow = new OrderTable(hanging, aws.resources.ordersTableName);
    const began = performance.now();
    const reads = await Promise.allSettled(Array.from({ length: 1_200 }, (_, read) => slow.find(`KEY${read}`)));
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(
      reads.every((read) => read.status === 'rejected' && (read.reason as OrderError).code === 'TABLE_UNAVAILABLE'),
    ).toBe(true);
    server.closeAllConnections();
    server.close();
  });

  it("lists a customer's orders newest first, in pages that neither repeat nor miss one", async () => {
    const customerId = randomUUID();
    const times = [3, 1, 2, 2, 5].map((second) => `2026-01-01T00:00:0${second}.000Z`);
    const orders = times.map((receivedAt) => placed({ customerId, receivedAt }));
    await Promise.all(orders.map((order) => table.create(order)));
    const first = await table.list({ of: { customerId }, limit: 3 });
    const second = await table.list({ of: { customerId }, limit: 3, cursor: first.nextCursor ?? undefined });
    const listed = [...first.data, ...second.data];
    expect(listed.map(({ placedAt }) => placedAt)).toEqual(times.toSorted().toReversed());
    expect(listed.map(({ orderId }) => orderId).toSorted()).toEqual(orders.map(({ orderId }) => orderId).toSorted());
    expect(second.nextCursor).toBeNull();
  });

  it('lists by status, channel and time, and every page but the last is whole', async () => {
    const customerId = randomUUID();
    const orders = Array.from({ length: 9 }, (_, n) => {
      const request = n % 3 === 0 ? aWholesaleRequest(5) : anOrderRequest();
      return placed({ customerId, receivedAt: `2026-01-0${n + 1}T00:00:00.000Z`, request });
    });
    await Promise.all(orders.map((order) => table.create(order)));
    const days = async (filter: OrderFilter) => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await table.list({ of: { customerId }, ...filter, limit: 2, cursor });
        if (page.nextCursor) expect(page.data).toHaveLength(2);
        found.push(...page.data.map(({ placedAt }) => placedAt.slice(9, 10)));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      return found.join('');
    };
    expect(await days({ channel: 'WHOLESALE' })).toBe('741');
    expect(await days({ status: 'CONFIRMED' })).toBe('986532');
    const [from, to] = ['2026-01-03T00:00:00.000Z', '2026-01-07T00:00:00.000Z'];
    expect(await days({ from, to })).toBe('6543');
    expect(await days({ from, to, channel: 'RETAIL' })).toBe('653');
    expect(await days({ status: 'SHIPPED' })).toBe('');
  });

  it('answers an empty page with a cursor after 1,000 orders that a filter leaves out, and goes on behind them', async () => {
    const customerId = randomUUID();
    const oldest = placed({ customerId, receivedAt: '2025-01-01T00:00:00.000Z', request: aWholesaleRequest(5) });
    await table.create(oldest);
    // More at once would wait too long for their turn.
    for (let hundreds = 0; hundreds < 10; hundreds += 1) {
      await Promise.all(Array.from({ length: 100 }, () => table.create(placed({ customerId }))));
    }
    const query = { of: { customerId }, channel: 'WHOLESALE' as const, limit: 1 };
    const first = await table.list(query);
    expect(first).toEqual({ data: [], nextCursor: expect.any(String) });
    const second = await table.list({ ...query, cursor: first.nextCursor as string });
    expect(second.data.map(({ orderId }) => orderId)).toEqual([oldest.orderId]);
  });

  it('lists all orders that await approval, the one that waits longest first, until it is decided', async () => {
    const waiting = ['2020-01-02', '2020-01-01'].map((day) =>
      placed({ request: aWholesaleRequest(5) }, `${day}T00:00:00.000Z`),
    );
    await Promise.all(waiting.map((order) => table.create(order)));
    const [later, first] = waiting as [StoredOrder, StoredOrder];
    const queue = async () =>
      (await table.list({ of: { work: 'AWAITING_APPROVAL' }, limit: 2 })).data.map(({ orderId }) => orderId);
    expect(await queue()).toEqual([first.orderId, later.orderId]);
    const decision = decideChange(first, aChange(first, 'approveOrder', {}), shopRules(1), first.placedAt);
    if (decision.outcome !== 'CHANGED') throw new Error('expected an approval');
    expect(await table.change(first, decision.order)).toBe(true);
    expect(await table.find(first.orderKey)).toEqual(JSON.parse(JSON.stringify(decision.order)));
    expect((await queue())[0]).toBe(later.orderId);
  });

  it('lists orders that await approval from all partitions, in pages that neither repeat nor miss one', async () => {
    const times = Array.from({ length: 40 }, (_, n) => `2019-01-01T00:00:0${n % 5}.000Z`);
    const orders = times.map((time) => placed({ request: aWholesaleRequest(5) }, time));
    await Promise.all(orders.map((order) => table.create(order)));
    expect(new Set(orders.map(({ work }) => work)).size).toBeGreaterThan(4);
    const pages = async (filter: OrderFilter, limit: number) => {
      const found: OrderSummary[] = [];
      let cursor: string | undefined;
      do {
        const page = await table.list({ of: { work: 'AWAITING_APPROVAL' }, ...filter, limit, cursor });
        if (page.nextCursor) expect(page.data).toHaveLength(limit);
        found.push(...page.data);
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      return found;
    };
    const [from, to] = ['2019-01-01T00:00:00.000Z', '2019-01-01T00:00:04.001Z'];
    for (const [filter, limit] of [
      [{ from, to }, 1],
      [{ from, to }, 7],
      [{ from, to, channel: 'WHOLESALE' }, 7],
    ] as const) {
      const listed = await pages(filter, limit);
      expect(listed.map(({ since }) => since)).toEqual(times.toSorted());
      expect(new Set(listed.map(({ orderId }) => orderId))).toEqual(new Set(orders.map(({ orderId }) => orderId)));
    }
  });

  it('lists an order that is partly shipped and has open returns in the list of each, until nothing is to be done', async () => {
    let order = placed({ request: anOrderRequest() }, '2018-01-01T00:00:00.000Z');
    await table.create(order);
    const one = [{ lineNumber: 1, quantity: 1 }];
    const change = async (
      ...[name, request, part]: Parameters<typeof aChange> extends [unknown, ...infer Rest] ? Rest : never
    ) => {
      const decision = decideChange(
        order,
        aChange(order, name, request, part),
        shopRules(1),
        '2018-01-02T00:00:00.000Z',
      );
      if (decision.outcome !== 'CHANGED') throw new Error(`expected a change, got ${JSON.stringify(decision)}`);
      expect(await table.change(order, decision.order)).toBe(true);
      order = decision.order;
    };
    const lists = async () => {
      const query = { limit: 5, to: '2018-02-01T00:00:00.000Z' };
      const works = Object.keys(WORK_LISTS) as WorkList[];
      const pages = await Promise.all(works.map((work) => table.list({ of: { work }, ...query })));
      return works.filter((_, n) => pages[n]!.data.some(({ orderId }) => orderId === order.orderId)).join(' ');
    };
    expect(await lists()).toBe('CONFIRMED');
    await change('startFulfillment', {});
    expect(await lists()).toBe('IN_FULFILLMENT');
    await change('createShipment', { carrier: 'DHL', trackingNumber: 'JD01', items: one });
    expect(await lists()).toBe('PARTIALLY_SHIPPED');
    await change('requestReturn', { items: one, reason: 'leaks' });
    expect(await lists()).toBe('PARTIALLY_SHIPPED REQUESTED');
    await change('approveReturn', {}, { returnId: '1' });
    await change('cancelOrder', {});
    expect(await lists()).toBe('APPROVED');
    await change('receiveReturn', {}, { returnId: '1' });
    expect(await lists()).toBe('RECEIVED');
    await change('closeReturn', {}, { returnId: '1' });
    expect(await lists()).toBe('');
  });

  it('finds orders by what customers and accounts call them, as they are now', async () => {
    const purchaseOrderNumber = `PO-${randomUUID()}`;
    const payment = { provider: 'stripe', reference: randomUUID(), amount: 5 };
    const orders = ['2026-01-01', '2026-01-02', '2026-01-03'].map((day) =>
      placed({
        receivedAt: `${day}T00:00:00.000Z`,
        request: { ...aWholesaleRequest(5), purchaseOrderNumber, payment },
      }),
    );
    await Promise.all([...orders, placed({ request: aWholesaleRequest(5) })].map((order) => table.create(order)));
    const [first, second, third] = orders as [StoredOrder, StoredOrder, StoredOrder];
    const decision = decideChange(first, aChange(first, 'approveOrder', {}), shopRules(1), first.placedAt);
    if (decision.outcome !== 'CHANGED') throw new Error('expected an approval');
    await table.change(first, decision.order);
    for (const number of [{ purchaseOrderNumber }, { paymentReference: payment.reference }]) {
      const page = await table.list({ of: number, limit: 2 });
      expect(page.data).toMatchObject([
        {
          orderId: first.orderId,
          status: 'CONFIRMED',
          version: 2,
          customerId: 'cust-1',
          purchaseOrderNumber,
          total: 5,
        },
        { orderId: second.orderId, status: 'AWAITING_APPROVAL' },
      ]);
      const rest = await table.list({ of: number, limit: 2, cursor: page.nextCursor! });
      expect(rest).toMatchObject({ data: [{ orderId: third.orderId }], nextCursor: null });
    }
    const { invoiceNumber } = decision.order.invoice!;
    expect(await table.list({ of: { invoiceNumber }, limit: 2 })).toMatchObject({ data: [{ orderId: first.orderId }] });
    // These have no invoice: one awaits approval, the other ids no order.
    for (const none of [`INV-${second.orderId}`, 'INV-', `XXX-${first.orderId}`]) {
      expect(await table.list({ of: { invoiceNumber: none }, limit: 2 })).toEqual({ data: [], nextCursor: null });
    }
  });

  it('stores one of two changes of the same version, and none of an order that is not there', async () => {
    const order = placed();
    const next = { ...order, version: 2, status: 'IN_FULFILLMENT' as const };
    expect(await table.change(order, next)).toBe(false);
    await table.create(order);
    const changes = await Promise.all([table.change(order, next), table.change(order, { ...next, total: 1 })]);
    expect(changes.filter(Boolean)).toHaveLength(1);
    expect(await table.change(order, next)).toBe(false);
  });
});
