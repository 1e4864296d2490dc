import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { applyIfNewer, InMemoryStore, readOrderEvent } from '#libs/order-events';
import { type OrderEvent, OrderIds, placeOrder } from '#libs/orders';
import {
  anOrderRequest,
  aPlaceOrderCommand,
  aWholesaleRequest,
  orderIds,
  shopRules,
} from '../../libs/orders/src/testing/order-factory.ts';
import type { ReplayResult } from '../../operations/replay/event-replay.ts';
import { type Pipeline, SERVICES } from '../harness/pipeline.ts';
import { APPROVAL_LIMIT } from './settings.ts';

const SCRIPT = join(import.meta.dirname, '../../operations/replay.ts');
const WHY = ['--why', 'a test', '--by', 'tester'];
const one = { lineNumber: 1, quantity: 1 };
const parcel = { carrier: 'DHL', trackingNumber: 'JD0146', items: [one] };

export function replayTests(running: () => Pipeline): void {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = running();
  });

  function start(...args: string[]) {
    const ports = Object.fromEntries(Object.entries(pipeline.ports).map(([name, port]) => [name, String(port)]));
    const env = { ...process.env, NODE_OPTIONS: '', ...ports };
    const child = spawn(process.execPath, ['--conditions=source', SCRIPT, ...args], { env });
    const end = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { child, end: end.then(([out, err, [code]]) => ({ code: code as number, out, err })) };
  }

  const replay = (...args: string[]) => start(...args).end;
  const resultOf = ({ out }: { out: string }) => JSON.parse(out) as ReplayResult & { replay: string };

  /** A retail order in two shipments, one of which is delivered and returned: 8 events. */
  async function soldAndReturned(): Promise<string> {
    const [customer, fulfillment, operator] = await Promise.all([
      pipeline.token('cust-1'),
      pipeline.token('warehouse', 'fulfillment'),
      pipeline.token('op-1', 'operator'),
    ]);
    const orderId = await pipeline.accepted(customer, anOrderRequest());
    await pipeline.decided(customer, orderId);
    await pipeline.changed(fulfillment, orderId, 'fulfillment');
    await pipeline.changed(fulfillment, orderId, 'shipments', parcel);
    await pipeline.changed(fulfillment, orderId, 'shipments', parcel);
    await pipeline.changed(fulfillment, orderId, 'shipments/2/delivery');
    await pipeline.changed(customer, orderId, 'returns', { items: [one], reason: 'leaks' });
    await pipeline.changed(customer, orderId, 'returns', { items: [one], reason: 'is green' });
    await pipeline.changed(operator, orderId, 'returns/2/approval');
    await Promise.all(SERVICES.map((service) => pipeline.inboxes[service].waitForEvents(orderId, 8)));
    return orderId;
  }

  /** A wholesale order that was approved: 2 events. */
  async function approved(): Promise<string> {
    const [buyer, operator] = await Promise.all([
      pipeline.token('shop-1', 'wholesale'),
      pipeline.token('op-1', 'operator'),
    ]);
    const orderId = await pipeline.accepted(buyer, aWholesaleRequest(APPROVAL_LIMIT));
    await pipeline.decided(buyer, orderId);
    await pipeline.changed(operator, orderId, 'approval');
    await Promise.all(SERVICES.map((service) => pipeline.inboxes[service].waitForEvents(orderId, 2)));
    return orderId;
  }

  const idsAndReplays = (events: readonly OrderEvent[]) =>
    events.map(({ sequence, replay: id }) => [Number(sequence), id]);
  const inOrder = (count: number, id: string | undefined) => Array.from({ length: count }, (_, n) => [n + 1, id]);

  it('republishes the events of an order to one service, unchanged, in order and marked', async () => {
    const orderId = await soldAndReturned();
    const answer = await replay('--to', 'inventory', '--order', orderId, '--replay', 'first', ...WHY);
    expect(answer).toMatchObject({ code: 0, err: expect.stringContaining('"by":"tester","why":"a test"') });
    expect(answer.out).toContain(`${orderId}  versions 1 to 8`);
    expect(answer.out).toContain('replayed: 8 events of 1 order; inventory 8 (replay first)');

    const { inventory } = pipeline.inboxes;
    const events = await inventory.waitForEvents(orderId, 16);
    const [originals, replayed] = [events.slice(0, 8), events.slice(8)];
    expect(replayed).toEqual(originals.map((event) => ({ ...event, replay: 'first' })));
    expect(replayed.map((event) => inventory.attributes.get(event))).toEqual(
      originals.map((event) => ({ ...inventory.attributes.get(event), replay: 'first' })),
    );

    // If the first replay had reached the other services, they would have received it before this one.
    await replay('--to', 'all', '--order', orderId, '--replay', 'second', ...WHY);
    for (const service of ['fulfillment', 'accounting'] as const) {
      const received = await pipeline.inboxes[service].waitForEvents(orderId, 16);
      expect(idsAndReplays(received)).toEqual([...inOrder(8, undefined), ...inOrder(8, 'second')]);
    }
    expect(idsAndReplays(await inventory.waitForEvents(orderId, 24)).slice(8)).toEqual([
      ...inOrder(8, 'first'),
      ...inOrder(8, 'second'),
    ]);
  });

  it('is skipped by a service that has the events, applied by one that has lost them, and sends nothing twice', async () => {
    const orderId = await approved();
    const { inventory } = pipeline.inboxes;
    for (const id of ['once', 'once', 'then'])
      expect(await replay('--to', 'inventory', '--order', orderId, '--replay', id, ...WHY)).toMatchObject({ code: 0 });
    const events = await inventory.waitForEvents(orderId, 6);
    expect(idsAndReplays(events)).toEqual([...inOrder(2, undefined), ...inOrder(2, 'once'), ...inOrder(2, 'then')]);

    const outcomes = async (some: readonly OrderEvent[]) => {
      const store = new InMemoryStore(undefined);
      const each = [];
      for (const event of some) each.push(await applyIfNewer(readOrderEvent(JSON.stringify(event)), store, () => {}));
      return each;
    };
    expect(await outcomes(events)).toEqual(['applied', 'applied', 'skipped', 'skipped', 'skipped', 'skipped']);
    expect(await outcomes(events.slice(2))).toEqual(['applied', 'applied', 'skipped', 'skipped']);
  });

  it('republishes the events of a period, and continues where it was stopped', async () => {
    const [first, second] = [await approved(), await approved()];
    const eventsOf = (orderId: string, count: number) => pipeline.inboxes.inventory.waitForEvents(orderId, count);
    // From the approval of the first order until before the approval of the second.
    const [from = '', until = ''] = [(await eventsOf(first, 2))[1]?.time, (await eventsOf(second, 2))[1]?.time];
    const window = ['--to', 'inventory', '--from', from, '--until', until, '--json'];

    const dry = await replay(...window, '--dry-run');
    expect(resultOf(dry)).toMatchObject({ dryRun: true, orders: 2, events: 2, sent: { inventory: 2 } });

    const done = await replay(...window, '--replay', 'hour', ...WHY);
    expect(done.code).toBe(0);
    expect(resultOf(done)).toMatchObject({ orders: 2, events: 2, unknown: [], newestOnly: [] });
    expect(idsAndReplays(await eventsOf(first, 3))).toEqual([...inOrder(2, undefined), [2, 'hour']]);
    expect(idsAndReplays(await eventsOf(second, 3))).toEqual([...inOrder(2, undefined), [1, 'hour']]);

    // The order of the keys in the table is unknown: after one of the two comes the other, then none.
    const keys = [first, second].map((orderId) => OrderIds.keyOf(orderId));
    const rest = await Promise.all(keys.map((key) => replay(...window, '--dry-run', '--after', key)));
    expect(new Set(rest.map((answer) => resultOf(answer).events))).toEqual(new Set([0, 1]));
  });

  it('prints how to continue when it is stopped', async () => {
    const orderId = await approved();
    const stopped = start('--to', 'inventory', '--order', orderId, '--replay', 'slow', '--rate', '0.01', ...WHY);
    stopped.child.stdout.once('data', () => stopped.child.kill('SIGINT'));
    expect(await stopped.end).toEqual({
      code: 130,
      out: expect.stringMatching(/stopped by a signal\nto continue, type it again with the same .* --replay slow\n$/),
      err: expect.stringMatching(/"outcome":"STOPPED by a signal","counts":\{"read":1,.*"unknown":0,/),
    });
    await replay('--to', 'inventory', '--order', orderId, '--replay', 'slow', ...WHY);
    const events = await pipeline.inboxes.inventory.waitForEvents(orderId, 4);
    expect(idsAndReplays(events)).toEqual([...inOrder(2, undefined), ...inOrder(2, 'slow')]);
  });

  it('names unknown orders, and orders from which no event can be made', async () => {
    const known = await approved();
    const unknown = orderIds.issue('cust-1', 'never placed');
    const broken = await quarantinedOrder();
    const folder = mkdtempSync(join(tmpdir(), 'replay-'));
    const file = join(folder, 'orders.txt');
    writeFileSync(file, `${unknown}\n\n${broken}\n`);
    const selected = ['--to', 'all', '--order', known, '--orders', file];
    const answer = await replay(...selected, ...WHY);
    rmSync(folder, { recursive: true });
    expect(answer.code).toBe(1);
    expect(answer.out).toContain('replayed: 2 events of 1 order; inventory 2, fulfillment 2, accounting 2');
    expect(answer.out).toContain(`unknown orders: ${unknown}`);
    expect(answer.out).toMatch(new RegExp(`no event, because the history .*: ${broken}`));
    expect(answer.out).toMatch(new RegExp(`in the quarantine of the relay.*: ${broken}`));
  });

  /** An order without history, which the worker never writes and the relay cannot publish. */
  async function quarantinedOrder(): Promise<string> {
    const { history: _history, ...order } = placeOrder(aPlaceOrderCommand(), shopRules(), new Date().toISOString());
    const { AWS_REGION: region = '', AWS_ENDPOINT_URL_DYNAMODB: endpoint = '' } = pipeline.aws.env;
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = pipeline.credentials;
    const dynamodb = new DynamoDBClient({ region, endpoint, credentials: { accessKeyId, secretAccessKey } });
    const Item = marshall(order, { removeUndefinedValues: true, convertClassInstanceToMap: true });
    await dynamodb.send(new PutItemCommand({ TableName: pipeline.aws.resources.ordersTableName, Item }));
    dynamodb.destroy();
    await pipeline.logs.find('record quarantined', ({ event }) => event === 'record_quarantined');
    return order.orderId;
  }

  it.each([
    ['which service', ['--order', '9WVF684MTE7GGR38H0ZE7CHBP1'], 'npm run relay:replay -- --to inventory --order'],
    ['the reason', ['--to', 'all', '--from', '2026-01-02'], 'type --why'],
    ['the stage', ['--to', 'all', '--from', '2026-01-02', '--stage', 'x', '--dry-run'], 'there is no stage x'],
  ])('says which argument to add or change for %s', async (_, args, message) => {
    expect(await replay(...args)).toEqual({ code: 2, out: '', err: expect.stringContaining(message) });
  });
}
