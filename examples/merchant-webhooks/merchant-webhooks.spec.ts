import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PublishCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { awsClients, type AwsClients } from '../../local/aws/aws-clients.ts';
import { type LocalAws, startLocalAws } from '../../local/aws/local-aws.ts';
import { attributesOf } from '../../local/aws/queue-reader.ts';
import { nodePath } from '../../local/processes/local-script.ts';
import { freeRunPorts } from '../../local/taken-ports.ts';
import { ArrivalSignal } from '../../test/harness/arrival-signal.ts';
import { followQueue, type Take } from '../consumer/queue-consumer.ts';
import { Deliveries } from './deliveries.ts';
import { DeliveryState } from './delivery-state.ts';
import { readEndpoints } from './endpoints.ts';
import { Merchant } from './testing/merchant.ts';

const example = readFileSync(
  new URL('../../libs/orders/schemas/examples/order.shipped.v1.json', import.meta.url),
  'utf8',
);
const folder = mkdtempSync(join(tmpdir(), 'merchant-webhooks-'));
const [ORDER, OTHER] = ['A', 'B'].map((end) => end.padStart(26, '0')) as [string, string];
let aws: LocalAws;
let clients: AwsClients;
let names = 0;
const stopping: (() => unknown)[] = [];

beforeAll(async () => {
  aws = await startLocalAws({ ports: await freeRunPorts() });
  clients = awsClients(aws.env);
});
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
});
afterAll(async () => {
  clients.destroy();
  await aws.stop();
  rmSync(folder, { recursive: true });
});

/** An event of an order that was shipped. */
function eventOf(orderId: string, version: number, changes: { customerId?: string; replay?: string } = {}): string {
  const event = JSON.parse(example.replaceAll('9WVF684MTE7GGR38H0ZE7CHBP1', orderId));
  Object.assign(event, { id: `${orderId}:${version}`, sequence: String(version).padStart(10, '0') });
  Object.assign(event.data.order, { version, customerId: changes.customerId ?? 'cust-1' });
  return JSON.stringify(changes.replay ? { ...event, replay: changes.replay } : event);
}

const entryOf = ({ url, secret }: Merchant) => ({ url, secret });

async function startMerchant(): Promise<Merchant> {
  const merchant = await Merchant.start();
  stopping.push(() => merchant.stop());
  return merchant;
}

/** A queue of its own with a dead-letter queue, as the definition in libs/resources. */
async function newQueue() {
  const name = `webhooks-${(names += 1)}`;
  const create = async (QueueName: string, more = {}) => {
    const Attributes = { FifoQueue: 'true', VisibilityTimeout: '30', ...more };
    const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return QueueUrl!;
  };
  const deadLetterQueueUrl = await create(`${name}-dlq.fifo`);
  const arn = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetterQueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const redrive = { deadLetterTargetArn: arn.Attributes?.['QueueArn'], maxReceiveCount: 1_000 };
  return { queueUrl: await create(`${name}.fifo`, { RedrivePolicy: JSON.stringify(redrive) }), deadLetterQueueUrl };
}

interface RunOptions {
  readonly queue?: Awaited<ReturnType<typeof newQueue>>;
  readonly database?: string;
  /** Messages that are hidden come back at once, and the clock moves by as much. */
  readonly timeLapse?: boolean;
  readonly maxWaitingOrders?: number;
}

async function run(endpoints: readonly object[], options: RunOptions = {}) {
  const { queue, database = ':memory:', timeLapse, maxWaitingOrders = 10_000 } = options;
  const sqs = awsClients(aws.env).sqs;
  const logged = new ArrivalSignal();
  const hiddenSeconds: number[] = [];
  let passedMs = 0;
  sqs.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const input = args.input as { VisibilityTimeout: number };
        if (commandName !== 'ChangeMessageVisibilityCommand') return next(args);
        hiddenSeconds.push(input.VisibilityTimeout);
        logged.notify();
        if (!timeLapse) return next(args);
        passedMs += input.VisibilityTimeout * 1_000;
        return next({ ...args, input: { ...input, VisibilityTimeout: 0 } as typeof args.input });
      },
    { step: 'initialize' },
  );
  const queues = queue ?? (await newQueue());
  const state = new DeliveryState(database);
  const lines: { event: string; [field: string]: unknown }[] = [];
  const log = (event: string, fields?: object) => {
    lines.push({ event, ...fields });
    logged.notify();
  };
  const resolve = async () => [];
  const connecting = { resolve, allowLoopback: true, attemptTimeoutMs: 60_000 };
  const dependencies = { sqs, ...queues, endpoints: readEndpoints(JSON.stringify(endpoints), true), state, connecting };
  const deliveries = new Deliveries({ ...dependencies, maxWaitingOrders, log, nowMs: () => Date.now() + passedMs });
  const ending = new AbortController();
  const firstReceivedAfterMs = new Map<string, number>();
  const take: Take = (message) => {
    const id = message.MessageId!;
    if (!firstReceivedAfterMs.has(id)) firstReceivedAfterMs.set(id, passedMs);
    const { ApproximateFirstReceiveTimestamp: firstMs } = message.Attributes!;
    message.Attributes!.ApproximateFirstReceiveTimestamp = String(Number(firstMs) + firstReceivedAfterMs.get(id)!);
    return deliveries.take(message);
  };
  const followed = followQueue({ sqs, queueUrl: queues.queueUrl, log }, take, 64, ending.signal);
  const stop = async () => {
    ending.abort();
    await followed;
    sqs.destroy();
  };
  stopping.push(stop);
  return {
    queues,
    endpoints: dependencies.endpoints,
    hiddenSeconds,
    lines,
    state,
    stop,
    waitForHidden: (count: number) =>
      logged.waitFor(`${count} hidden messages`, () => (hiddenSeconds.length >= count ? true : undefined)),
    waitForLine: (event: string, count = 1) =>
      logged.waitFor(`${count} lines ${event}`, () => {
        const found = lines.filter((line) => line.event === event);
        return found.length >= count ? found : undefined;
      }),
    publish: (...bodies: string[]) => publish(clients.sqs, queues.queueUrl, bodies),
  };
}

/** Sends events as the topic does. */
async function publish(sqs: SQSClient, QueueUrl: string, bodies: readonly string[]): Promise<void> {
  for (const MessageBody of bodies) {
    const { subject = 'none' } = JSON.parse(MessageBody) as { subject?: string };
    const ids = { MessageGroupId: subject, MessageDeduplicationId: `${(names += 1)}` };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...ids }));
  }
}

async function deadLetters({ deadLetterQueueUrl: QueueUrl }: { deadLetterQueueUrl: string }): Promise<Message[]> {
  const options = { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All' as const] };
  return (
    (await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, ...options }))).Messages ?? []
  );
}

describe('merchant-webhooks', () => {
  it('posts each event that an endpoint wants, signed, in the order of its order', async () => {
    const [all, some] = [await startMerchant(), await startMerchant()];
    const { publish, endpoints } = await run([
      entryOf(all),
      { ...entryOf(some), customerId: 'cust-2', eventTypes: ['shipped'] },
    ]);
    await publish(eventOf(ORDER, 1), eventOf(ORDER, 2), eventOf(OTHER, 1, { customerId: 'cust-2' }), eventOf(ORDER, 3));
    const received = await all.waitFor(4);
    expect(all.events.filter((event) => event.startsWith(ORDER))).toEqual([1, 2, 3].map((one) => `${ORDER}:${one}`));
    expect(received.map(({ signatureError }) => signatureError)).toEqual(Array(4).fill(undefined));
    expect(received.map(({ webhookId }) => webhookId)).toEqual(
      all.events.map((event) => `${event}:${endpoints[0]!.id}`),
    );
    await some.waitFor(1);
    expect(some.events).toEqual([`${OTHER}:1`]);
  });

  it('does not let an endpoint that hangs delay another', async () => {
    const [hanging, working] = [await startMerchant(), await startMerchant()];
    hanging.reply = () => 'hang';
    const { publish, lines } = await run([hanging, working].map(entryOf));
    const orders = Array.from({ length: 8 }, (_, one) => String(one).padStart(26, '0'));
    await publish(...orders.flatMap((order) => [eventOf(order, 1), eventOf(order, 2)]));
    await working.waitFor(16);
    for (const order of orders)
      expect(working.events.filter((event) => event.startsWith(order))).toEqual([`${order}:1`, `${order}:2`]);
    // The others wait in the queue: at most four requests of an endpoint are under way.
    expect(hanging.received).toHaveLength(4);
    expect(lines.filter(({ event }) => event === 'webhook_failed')).toEqual([]);
    await hanging.stop();
  });

  it('retries with the same id, and holds the later events of the order back for this endpoint only', async () => {
    const [failing, working] = [await startMerchant(), await startMerchant()];
    const replies: (readonly [number, Record<string, string>] | 204)[] = [
      [503, { 'retry-after': '7200' }],
      [500, {}],
    ];
    failing.reply = () => replies.shift() ?? 204;
    const { publish, hiddenSeconds } = await run([failing, working].map(entryOf), { timeLapse: true });
    await publish(eventOf(ORDER, 1), eventOf(ORDER, 2));
    const received = await failing.waitFor(4);
    expect(failing.events).toEqual([1, 1, 1, 2].map((version) => `${ORDER}:${version}`));
    expect(new Set(received.slice(0, 3).map(({ webhookId }) => webhookId)).size).toBe(1);
    expect(received.map(({ status }) => status)).toEqual([503, 500, 204, 204]);
    await working.waitFor(2);
    expect(working.events).toEqual([1, 2].map((version) => `${ORDER}:${version}`));
    // Two hours as requested, and for the next attempt about as long as it has failed.
    expect(hiddenSeconds[0]).toBeGreaterThanOrEqual(7_200);
    expect(hiddenSeconds[1]).toBeGreaterThanOrEqual(5_000);
  });

  it('pauses the whole endpoint as long as it asks for, whatever it answers to another request', async () => {
    const merchant = await startMerchant();
    const started = await run([entryOf(merchant)]);
    const { publish, hiddenSeconds, waitForHidden, waitForLine } = started;
    const bothArrived = Promise.withResolvers<void>();
    const retryAfter = new Date(Date.now() + 7_200_000).toUTCString();
    merchant.reply = async (event) => {
      if (event.startsWith(OTHER)) bothArrived.resolve();
      if (event.startsWith(OTHER)) await waitForLine('webhook_failed');
      await bothArrived.promise;
      return event.startsWith(OTHER) ? 204 : [429, { 'retry-after': retryAfter }];
    };
    await publish(eventOf(ORDER, 1), eventOf(OTHER, 1));
    await waitForLine('webhook_delivered');
    await publish(eventOf(OTHER, 2), eventOf(OTHER.replace('B', 'C'), 1));
    await waitForHidden(3);
    expect(Math.min(...hiddenSeconds)).toBeGreaterThan(7_100);
    expect(merchant.events.toSorted()).toEqual([`${ORDER}:1`, `${OTHER}:1`]);
  });

  it('dead-letters what is beyond the messages that may wait for one endpoint', async () => {
    const merchant = await startMerchant();
    merchant.reply = () => [503, { 'retry-after': '7200' }];
    const { publish, queues, waitForHidden, waitForLine } = await run([entryOf(merchant)], { maxWaitingOrders: 1 });
    await publish(eventOf(ORDER, 1));
    await waitForHidden(1);
    await publish(eventOf(OTHER, 1));
    await waitForLine('message_dead_lettered');
    const [deadLetter] = await deadLetters(queues);
    expect(attributesOf(deadLetter!)['detail']).toBe('given up behind 1 waiting orders: it answered 503');
  });

  it('dead-letters what is beyond them for an endpoint that is slow', async () => {
    const slow = await startMerchant();
    slow.reply = () => 'hang';
    const { publish, queues, waitForLine } = await run([entryOf(slow)], { maxWaitingOrders: 1 });
    const orders = Array.from({ length: 6 }, (_, one) => String(one).padStart(26, '0'));
    await publish(...orders.map((order) => eventOf(order, 1)));
    await waitForLine('message_dead_lettered');
    const [deadLetter] = await deadLetters(queues);
    expect(attributesOf(deadLetter!)['detail']).toBe('given up behind 1 waiting orders: it is busy');
    await slow.stop();
  });

  it('disables an endpoint that answers 410, across restarts, until it is enabled', async () => {
    const [gone, working] = [await startMerchant(), await startMerchant()];
    gone.reply = () => 410;
    const entries = [gone, working].map(entryOf);
    const database = join(folder, 'disabled.db');
    const first = await run(entries, { database });
    const id = first.endpoints[0]!.id;
    await first.publish(eventOf(ORDER, 1));
    const enableWith = `main.ts --enable ${id}`;
    expect(await first.waitForLine('endpoint_disabled')).toMatchObject([{ endpoint: id, enableWith }]);
    await first.publish(eventOf(ORDER, 2));
    expect(await first.waitForLine('webhook_skipped')).toMatchObject([{ endpoint: id, reason: 'ENDPOINT_DISABLED' }]);
    await first.stop();

    gone.reply = () => 204;
    const second = await run(entries, { database, queue: first.queues });
    await second.publish(eventOf(ORDER, 3));
    await second.waitForLine('webhook_skipped');
    expect(await exitOf(startMain({ DATABASE: database }, '--enable', id))).toBe(0);
    await second.publish(eventOf(ORDER, 4));
    await gone.waitFor(2);
    expect(gone.events).toEqual([`${ORDER}:1`, `${ORDER}:4`]);
    await working.waitFor(4);
  });

  it('gives an event up after three days with its reason, goes on with the next, and never goes back', async () => {
    const merchant = await startMerchant();
    merchant.reply = (event) => (event === `${ORDER}:1` ? 500 : 204);
    const started = await run([entryOf(merchant)], { timeLapse: true });
    const { publish, queues, endpoints, hiddenSeconds, waitForLine } = started;
    await publish(eventOf(ORDER, 1), eventOf(ORDER, 2));
    await waitForLine('webhook_delivered');
    const [deadLetter] = await deadLetters(queues);
    const endpoint = endpoints[0]!.id;
    const detail = 'given up 3 days after it was sent: it answered 500';
    expect(attributesOf(deadLetter!)).toMatchObject({ endpoint, code: 'NOT_DELIVERED', detail });
    expect(merchant.events.at(-1)).toBe(`${ORDER}:2`);
    expect(merchant.received.length).toBeGreaterThan(12);
    expect(Math.max(...hiddenSeconds)).toBeLessThan(43_200);

    // As npm run dlq redrives it.
    const { Body: MessageBody, Attributes: { MessageGroupId } = {} } = deadLetter!;
    const MessageAttributes = { endpoint: { DataType: 'String', StringValue: endpoint } };
    const ids = { MessageGroupId, MessageDeduplicationId: 'redrive-1' };
    const { queueUrl: QueueUrl } = queues;
    await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes, ...ids }));
    expect(await waitForLine('webhook_skipped')).toMatchObject([{ reason: 'DELIVERED_BEFORE' }]);
    expect(merchant.events.at(-1)).toBe(`${ORDER}:2`);
  });

  it('skips a replay of what an endpoint has, and delivers it once it is forgotten', async () => {
    const merchant = await startMerchant();
    const { publish, waitForLine, state, endpoints } = await run([entryOf(merchant)]);
    await publish(eventOf(ORDER, 1), eventOf(ORDER, 2), eventOf(ORDER, 1, { replay: 'r-1' }));
    await waitForLine('webhook_skipped');
    state.enable(endpoints[0]!.id);
    await publish(eventOf(ORDER, 1, { replay: 'r-2' }), eventOf(ORDER, 2, { replay: 'r-2' }));
    await merchant.waitFor(4);
    expect(merchant.events).toEqual([1, 2, 1, 2].map((version) => `${ORDER}:${version}`));
  });

  it('dead-letters at once what is no event', async () => {
    const { publish, queues } = await run([]);
    await publish('{"type":"something else"}');
    expect((await deadLetters(queues)).map(attributesOf)).toMatchObject([{ code: 'MALFORMED_EVENT' }]);
  });
});

function startMain(env: Readonly<Record<string, string>>, ...args: string[]): ChildProcess {
  const main = ['--conditions=source', join(import.meta.dirname, 'main.ts'), ...args];
  return spawn(nodePath, main, { env: { ...process.env, ...aws.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function exitOf(child: ChildProcess): Promise<unknown> {
  const [code] = (await once(child, 'exit')) as unknown[];
  return code;
}

describe('main.ts', () => {
  it('loses nothing and keeps the order when it is killed in the middle of deliveries', async () => {
    const [hooks, others] = [await startMerchant(), await startMerchant()];
    const queueUrl = aws.resources.consumerQueueUrls['merchant-webhooks'];
    // A killed process has received messages: they come back after two seconds.
    const Attributes = { VisibilityTimeout: '2' };
    await clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes }));
    const file = join(folder, 'endpoints.json');
    writeFileSync(file, JSON.stringify([hooks, others].map(entryOf)));
    const env = { WEBHOOK_ENDPOINTS: file, DATABASE: join(folder, 'killed.db'), WEBHOOK_ALLOW_LOOPBACK: 'true' };
    let child = startMain(env);
    stopping.push(() => child.kill('SIGKILL'));
    // Before the answer to these events, so that nothing of it is stored.
    const kills = [`${ORDER}:1`, `${OTHER}:2`, `${ORDER}:4`];
    hooks.reply = async (event) => {
      if (event !== kills[0]) return 204;
      kills.shift();
      child.kill('SIGKILL');
      await once(child, 'exit');
      child = startMain(env);
      return 204;
    };
    const events = [1, 2, 3, 4, 5].flatMap((version) => [ORDER, OTHER].map((order) => [order, version] as const));
    for (const [order, version] of events) {
      const body = {
        Message: eventOf(order, version),
        MessageGroupId: order,
        MessageDeduplicationId: `${order}:${version}`,
      };
      await clients.sns.send(new PublishCommand({ TopicArn: aws.resources.orderEventsTopicArn, ...body }));
    }
    // Some arrive twice, because processes were killed.
    await Promise.all([hooks, others].map((merchant) => merchant.waitForDistinct(events.length)));
    for (const { events: received } of [hooks, others])
      for (const order of [ORDER, OTHER]) {
        const versions = received
          .filter((event) => event.startsWith(order))
          .map((event) => Number(event.split(':')[1]));
        expect(versions).toEqual(versions.toSorted((a, b) => a - b));
        expect([...new Set(versions)]).toEqual([1, 2, 3, 4, 5]);
      }
    child.kill('SIGTERM');
    expect(await exitOf(child)).toBe(0);
  });

  it('stops with every error when the file is wrong', async () => {
    const file = join(folder, 'wrong.json');
    writeFileSync(file, JSON.stringify([{ url: 'ftp://shop.example.com', secret: 'whsec_s3cret' }]));
    const child = startMain({ WEBHOOK_ENDPOINTS: file, DATABASE: ':memory:' });
    const lines: string[] = [];
    createInterface(child.stdout!).on('line', (line) => lines.push(line));
    expect(await exitOf(child)).toBe(1);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      event: 'start_failed',
      reason: expect.stringMatching(/url.*secret/s),
    });
    expect(lines[0]).not.toContain('s3cret');
  });
});
