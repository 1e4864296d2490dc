import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ChangeMessageVisibilityCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { StoredOrder } from '#libs/orders';
import { ended, runTool, startTool, type ToolRun } from '../operations/testing/tool-run.ts';
import { type Relay, Relays } from './harness/relays.ts';
import { anOrder, inVersion, withoutHistory } from './harness/unchecked-orders.ts';

const RELAY_QUEUE = 'stream-relay-dlq.fifo';
const WHY = ['--why', 'a test'];

describe('records that the relay has quarantined', () => {
  let relays: Relays;
  let relay: Relay;
  let env: Record<string, string>;
  let folder: string;

  beforeAll(async () => {
    relays = await Relays.prepare();
    relay = await relays.start('relay-1');
    env = { ...relays.aws.env, DLQ_HIDDEN_SECONDS: '5' };
    folder = mkdtempSync(join(tmpdir(), 'parked-'));
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await relays.stop();
  });

  const dlq = (...args: readonly string[]): Promise<ToolRun> => runTool('dlq.ts', env, ...args);

  it('go to the topic in order, then the relay publishes their order again', async () => {
    const order = anOrder();
    await deadLetteredInVersions(order, 3);
    const dry = await dlq('redrive', RELAY_QUEUE, '--order', order.orderId, '--dry-run');
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('SINK_REFUSED') });
    const story = await dlq('show', RELAY_QUEUE, await firstMessageOf(order));
    expect(story.out).toMatch(/the relay publishes no events of this order\n *more records follow/);

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

  it('are not lost and not published out of order when the tool is killed in its midst', async () => {
    const order = anOrder();
    await deadLetteredInVersions(order, 5);
    const running = startTool('dlq.ts', env, ['redrive', RELAY_QUEUE, '--all', '--rate', '1', ...WHY]);
    await publishedOf(order, 2);
    running.kill('SIGKILL');
    await once(running, 'exit');
    relays.topic.refused.clear();
    // The order is in quarantine still: what comes now goes behind.
    await put(inVersion(order, 6));
    await deadLettered(order, 6);
    // What the tool held is hidden until its time is over, and all of the order behind it: it waits for that.
    expect(await dlq('redrive', RELAY_QUEUE, '--all', ...WHY)).toMatchObject({ code: 0 });
    await put(inVersion(order, 7));
    expect(await publishedOf(order, 7)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await nothingIsLeft()).toBe(true);
  });

  it('stay with the reason when they are refused again, or leave for a file', async () => {
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

  it('go on by another command when the order was begun and interrupted', async () => {
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

  it('end the quarantine of their order by hand when they are lost, and not while one is there', async () => {
    const order = anOrder();
    await deadLetteredInVersions(order, 1);
    const unpark = () => dlq('unpark', order.orderId, ...WHY);
    expect(await unpark()).toMatchObject({
      code: 1,
      err: expect.stringContaining('npm run dlq -- redrive stream-relay-dlq.fifo'),
    });
    const { relayDeadLetterQueueUrl: QueueUrl } = relays.aws.resources;
    const held = await relays.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));
    expect(await unpark()).toMatchObject({ code: 1, err: expect.stringContaining('in flight elsewhere') });
    const [{ ReceiptHandle } = {}] = held.Messages ?? [];
    await relays.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    await relays.deadLetters(1);
    expect(await unpark()).toMatchObject({ code: 0, out: 'the relay publishes the order again\n' });
    relays.topic.refused.clear();
    await put(inVersion(order, 2));
    expect(await publishedOf(order, 1)).toEqual([2]);
    expect(await unpark()).toMatchObject({ code: 1, err: expect.stringContaining('is not in quarantine') });
  });

  /** So many versions of an order, the first of which the topic refuses. */
  async function deadLetteredInVersions(order: StoredOrder, versions: number): Promise<void> {
    relays.topic.refused.add(order.orderId);
    for (let version = 1; version <= versions; version += 1) await put(inVersion(order, version));
    await deadLettered(order, versions);
  }

  /** Waits until so many records of one order have gone to the dead letters since it began. */
  async function deadLettered({ orderId }: StoredOrder, count: number): Promise<void> {
    const from = beganAt.get(orderId) ?? 0;
    const soFar = () => relay.logs.lines.slice(from).filter(({ event }) => event === 'record_quarantined').length;
    while (soFar() < count) await sleep(20);
  }

  const beganAt = new Map<string, number>();

  async function put(order: Partial<StoredOrder>): Promise<void> {
    if (!beganAt.has(order.orderId ?? '')) beganAt.set(order.orderId ?? '', relay.logs.lines.length);
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

  /** The versions of an order that inventory received, as soon as there are that many. */
  async function publishedOf({ orderId }: StoredOrder, count: number): Promise<number[]> {
    return (await relays.inventory.eventsOf(orderId, count)).map(({ data }) => data.order.version);
  }
});
