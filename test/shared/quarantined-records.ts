import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ChangeMessageVisibilityCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { StoredOrder } from '#libs/orders';
import { ended, runTool, startTool, type ToolRun } from '../../operations/testing/tool-run.ts';
import type { Relay, Relays } from '../harness/relays.ts';
import { anOrder, inVersion, withoutHistory } from '../harness/unchecked-orders.ts';

const RELAY_QUEUE = 'stream-relay-dlq.fifo';
const WHY = ['--why', 'a test'];

export function quarantinedRecordTests(running: () => Relays): void {
  let relays: Relays;
  let relay: Relay;
  let env: Record<string, string>;
  let folder: string;

  beforeAll(async () => {
    relays = running();
    relay = relays.running[0] ?? (await relays.start('relay-1'));
    env = { ...relays.aws.env, DLQ_HIDDEN_SECONDS: '5', DLQ_POLL_SECONDS: '0' };
    folder = mkdtempSync(join(tmpdir(), 'quarantined-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const dlq = (...args: readonly string[]): Promise<ToolRun> => runTool('dlq.ts', env, ...args);

  it('are redriven to the topic in sequence, then the relay publishes the order again', async () => {
    const order = anOrder();
    await deadLetteredInVersions(order, 3);
    const dry = await dlq('redrive', RELAY_QUEUE, '--order', order.orderId, '--dry-run');
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('SINK_REFUSED') });
    const shown = await dlq('show', RELAY_QUEUE, await firstMessageOf(order));
    expect(shown.out).toMatch(/the relay publishes no events of this order\n *more records follow/);

    expect(await dlq('redrive', RELAY_QUEUE, '--reason', 'SINK_REFUSED', ...WHY)).toMatchObject({
      code: 0,
      out: expect.stringContaining('3 redriven'),
    });
    expect(await publishedOf(order, 3)).toEqual([1, 2, 3]);
    relays.topic.refused.clear();
    await put(inVersion(order, 4));
    expect(await publishedOf(order, 4)).toEqual([1, 2, 3, 4]);
    expect(await nothingIsLeft()).toBe(true);
  });

  it('are neither lost nor published out of sequence when the tool is killed while it runs', async () => {
    const order = anOrder();
    await deadLetteredInVersions(order, 5);
    const running = startTool('dlq.ts', env, ['redrive', RELAY_QUEUE, '--all', '--rate', '1', ...WHY]);
    await publishedOf(order, 2);
    running.kill('SIGKILL');
    await once(running, 'exit');
    relays.topic.refused.clear();
    // The order is still in quarantine, so this record joins it.
    await put(inVersion(order, 6));
    await deadLettered(order, 6);
    // The messages that the killed tool held stay hidden for a while, as do those behind them. This run waits for them.
    expect(await dlq('redrive', RELAY_QUEUE, '--all', ...WHY)).toMatchObject({ code: 0 });
    await put(inVersion(order, 7));
    expect(await publishedOf(order, 7)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await nothingIsLeft()).toBe(true);
  });

  it('stay with the new reason when they are refused again, or are discarded into a file', async () => {
    const order = anOrder();
    await put(withoutHistory(order));
    await deadLettered(order, 1);
    const refused = await dlq('redrive', RELAY_QUEUE, '--all', ...WHY);
    expect(refused).toMatchObject({ code: 1, out: expect.stringMatching(/no message can be made \(Cannot read/) });
    expect(await nothingIsLeft()).toBe(false);
    await put(inVersion(order, 2));

    const file = join(folder, 'discarded.jsonl');
    await deadLettered(order, 2);
    const discarded = await dlq('discard', RELAY_QUEUE, '--order', order.orderId, '--into', file, ...WHY);
    expect(discarded).toMatchObject({ code: 0, out: expect.stringContaining('2 discarded') });
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
    await put(inVersion(order, 3));
    expect(await publishedOf(order, 1)).toEqual([3]);
    expect(await nothingIsLeft()).toBe(true);
  });

  it('can be redriven by another command after an interruption', async () => {
    const order = anOrder();
    await deadLetteredInVersions(order, 4);
    const running = startTool('dlq.ts', env, [
      'redrive',
      RELAY_QUEUE,
      '--reason',
      'SINK_REFUSED',
      '--rate',
      '1',
      ...WHY,
    ]);
    await publishedOf(order, 1);
    running.kill('SIGINT');
    const { code, out } = await ended(running);
    expect({ code, out }).toEqual({ code: 130, out: expect.stringContaining('--reason BEHIND_QUARANTINED') });
    relays.topic.refused.clear();
    expect(await dlq('redrive', RELAY_QUEUE, '--reason', 'BEHIND_QUARANTINED', ...WHY)).toMatchObject({ code: 0 });
    expect(await publishedOf(order, 4)).toEqual([1, 2, 3, 4]);
    expect(await nothingIsLeft()).toBe(true);
  });

  it('block the release of their order by hand until all of them are gone', async () => {
    const order = anOrder();
    await deadLetteredInVersions(order, 1);
    const release = () => dlq('unpark', order.orderId, ...WHY);
    expect(await release()).toMatchObject({
      code: 1,
      err: expect.stringContaining('npm run dlq -- redrive stream-relay-dlq.fifo'),
    });
    const { relayDeadLetterQueueUrl: QueueUrl } = relays.aws.resources;
    const held = await relays.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));
    expect(await release()).toMatchObject({ code: 1, err: expect.stringContaining('in flight elsewhere') });
    const [{ ReceiptHandle } = {}] = held.Messages ?? [];
    await relays.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    await relays.deadLetters(1);
    expect(await release()).toMatchObject({ code: 0, out: 'the relay publishes the order again\n' });
    relays.topic.refused.clear();
    await put(inVersion(order, 2));
    expect(await publishedOf(order, 1)).toEqual([2]);
    expect(await release()).toMatchObject({ code: 1, err: expect.stringContaining('is not in quarantine') });
  });

  /** Writes this many versions of an order whose events the topic refuses, and waits until they are dead-lettered. */
  async function deadLetteredInVersions(order: StoredOrder, versions: number): Promise<void> {
    relays.topic.refused.add(order.orderId);
    for (let version = 1; version <= versions; version += 1) await put(inVersion(order, version));
    await deadLettered(order, versions);
  }

  /** Waits until this many records of an order are dead letters. */
  async function deadLettered({ orderId }: StoredOrder, count: number): Promise<void> {
    const from = firstLineOf.get(orderId) ?? 0;
    const soFar = () => relay.logs.lines.slice(from).filter(({ event }) => event === 'record_quarantined').length;
    while (soFar() < count) await sleep(20);
  }

  const firstLineOf = new Map<string, number>();

  async function put(order: Partial<StoredOrder>): Promise<void> {
    if (!firstLineOf.has(order.orderId ?? '')) firstLineOf.set(order.orderId ?? '', relay.logs.lines.length);
    const Item = marshall(order, { removeUndefinedValues: true });
    await relays.dynamodb.send(new PutItemCommand({ TableName: relays.aws.resources.ordersTableName, Item }));
  }

  async function firstMessageOf({ orderId }: StoredOrder): Promise<string> {
    const { out } = await dlq('list', RELAY_QUEUE, '--order', orderId, '--json');
    const { messages } = JSON.parse(out) as { messages: { messageId: string }[] };
    return messages[0]?.messageId ?? '';
  }

  async function nothingIsLeft(): Promise<boolean> {
    const { queues, quarantinedOrders } = JSON.parse((await dlq('--json')).out) as {
      queues: { name: string; messages: number }[];
      quarantinedOrders: unknown[];
    };
    return quarantinedOrders.length === 0 && queues.every(({ messages }) => messages === 0);
  }

  /** Waits for this many events of an order in inventory's queue. Returns their versions. */
  async function publishedOf({ orderId }: StoredOrder, count: number): Promise<number[]> {
    return (await relays.inventory.waitForEvents(orderId, count)).map(({ data }) => data.order.version);
  }
}
