import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { ordersDeadLetterQueue, ordersQueue, operationsLogTable } from '#libs/resources';
import { orderIds } from '../libs/orders/src/testing/order-factory.ts';
import { type AwsClients, awsClients } from '../local/aws/aws-clients.ts';
import { createTable } from '../local/aws/create-table.ts';
import { type LocalAws, startLocalAws } from '../local/aws/local-aws.ts';
import { defaultPorts } from '../local/ports.ts';
import { freePorts } from '../local/taken-ports.ts';
import { ended, runTool, startTool, type ToolRun } from './testing/tool-run.ts';

const WHY = ['--why', 'a test', '--by', 'ada'];

let aws: LocalAws;
let clients: AwsClients;
let env: Record<string, string>;
let folder: string;

beforeAll(async () => {
  const [AWS_PORT = 0, DYNAMODB_PORT = 0] = await freePorts(2);
  aws = await startLocalAws({ ports: { ...defaultPorts, AWS_PORT, DYNAMODB_PORT } });
  clients = awsClients(aws.env);
  env = { ...aws.env, AWS_PORT: String(AWS_PORT), DYNAMODB_PORT: String(DYNAMODB_PORT), DLQ_HIDDEN_SECONDS: '5' };
  folder = mkdtempSync(join(tmpdir(), 'dlq-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  clients.destroy();
  await aws.stop();
});

afterEach(async () => {
  const { ordersQueueUrl, ordersDeadLetterQueueUrl, consumerQueueUrls, consumerDeadLetterQueueUrls } = aws.resources;
  for (const url of [ordersQueueUrl, ordersDeadLetterQueueUrl, consumerQueueUrls.inventory]) await taken(url);
  await taken(consumerDeadLetterQueueUrls.inventory);
});

const dlq = (...args: readonly string[]): Promise<ToolRun> => runTool('dlq.ts', env, ...args);

async function seen<Document>(...args: readonly string[]): Promise<Document> {
  const { out, err, code } = await dlq(...args, '--json');
  if (code !== 0) throw new Error(`expected exit 0, got ${code}: ${err}`);
  return JSON.parse(out) as Document;
}

interface Listing {
  matching: number;
  unseen: number;
  messages: { messageId: string; code: string; orderId?: string; redriven: number }[];
}

/** As the worker parks it. */
async function park(body: string, code?: string): Promise<void> {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  const MessageAttributes = code === undefined ? {} : { code: text(code), detail: text('as it is'), own: text('kept') };
  const QueueUrl = aws.resources.ordersDeadLetterQueueUrl;
  await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes }));
}

function aCommand(orderId: string = orderIds.issue('cust-1', randomUUID()), receivedAt = '2026-01-02T03:04:05.678Z') {
  return JSON.stringify({ type: 'order.place.v1', orderId, receivedAt });
}

/** As SQS moves it. */
async function deadEvent(orderId: string, version: number): Promise<void> {
  await clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: aws.resources.consumerDeadLetterQueueUrls.inventory,
      MessageBody: JSON.stringify({ type: 'com.example.orders.order.shipped.v1', subject: orderId, sequence: version }),
      MessageGroupId: orderId,
      MessageDeduplicationId: `${orderId}:${version}`,
      MessageAttributes: { channel: { DataType: 'String', StringValue: 'RETAIL' } },
    }),
  );
}

/** Takes all that can be taken now. */
async function taken(QueueUrl: string): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) return all;
    all.push(...Messages);
    for (const { ReceiptHandle } of Messages) {
      await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

async function depthOf(QueueUrl: string): Promise<{ visible: number; inFlight: number }> {
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes = {} } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  return { visible: Number(Attributes[AttributeNames[0]]), inFlight: Number(Attributes[AttributeNames[1]]) };
}

describe('looking', () => {
  it('counts by reason and takes nothing: all can be received at once afterwards, in order', async () => {
    const orderId = orderIds.issue('cust-1', randomUUID());
    for (const reason of ['POISON', 'POISON', 'ITEM_REFUSED', undefined]) await park(aCommand(), reason);
    for (const version of [1, 2, 3]) await deadEvent(orderId, version);

    const { queues } = await seen<{ queues: { name: string; reasons: object; messages: number; unseen: number }[] }>();
    expect(queues).toMatchObject([
      { name: 'orders-dlq', messages: 4, reasons: { POISON: 2, ITEM_REFUSED: 1, RECEIVED_TOO_OFTEN: 1 }, unseen: 0 },
      { name: 'stream-relay-dlq.fifo', messages: 0 },
      // The emulator shows an order's first message alone.
      { name: 'inventory-dlq.fifo', messages: 3, reasons: { RECEIVED_TOO_OFTEN: 1 }, unseen: 2 },
      { name: 'fulfillment-dlq.fifo', messages: 0 },
      { name: 'accounting-dlq.fifo', messages: 0 },
    ]);
    const { ordersDeadLetterQueueUrl, consumerDeadLetterQueueUrls } = aws.resources;
    expect(await depthOf(ordersDeadLetterQueueUrl)).toEqual({ visible: 4, inFlight: 0 });
    expect(await taken(ordersDeadLetterQueueUrl)).toHaveLength(4);
    const events = await taken(consumerDeadLetterQueueUrls.inventory);
    expect(events.map(({ Body = '' }) => JSON.parse(Body).sequence)).toEqual([1, 2, 3]);
  });

  it('gives all back when it is interrupted, and a dry run changes nothing', async () => {
    for (let count = 0; count < 30; count += 1) await park(aCommand(), 'POISON');
    const looking = startTool('dlq.ts', env, ['list', 'orders']);
    const url = aws.resources.ordersDeadLetterQueueUrl;
    while ((await depthOf(url)).inFlight === 0) await sleep(5);
    looking.kill('SIGINT');
    expect((await ended(looking)).code).toBe(130);
    expect(await depthOf(url)).toEqual({ visible: 30, inFlight: 0 });

    const dry = await dlq('redrive', 'orders', '--reason', 'POISON', '--dry-run');
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('would take 30 messages of orders-dlq') });
    expect(await depthOf(url)).toEqual({ visible: 30, inFlight: 0 });
    expect(await depthOf(aws.resources.ordersQueueUrl)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('shows one with its attempts, its trace, and what it says only when asked', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const orderId = orderIds.issue('cust-1', randomUUID());
    await park(JSON.stringify({ type: 'order.place.v1', orderId, traceparent, secret: 'Ada' }), 'POISON');
    const { messages } = await seen<Listing>('list', 'orders');
    const shown = await dlq('show', 'orders', messages[0]!.messageId.slice(0, 8));
    for (const text of [
      'POISON',
      'as it is',
      orderId,
      'not in the table',
      '0af7651916cd43dd8448eb211c80319c',
      'received',
    ])
      expect(shown.out).toContain(text);
    expect(shown.out).not.toContain('Ada');
    expect((await dlq('show', 'orders', messages[0]!.messageId, '--body')).out).toContain('Ada');
  });

  it('lets nothing that a message says reach the terminal as an instruction', async () => {
    const [escape, csi, bidi] = ['\u001b[2J', '\u009b31m', '\u202e'];
    const fields = { receivedAt: `${escape}now`, commandId: `${csi}id\nreason   none` };
    await park(
      `{"type":"order.place.v1","n":"${csi}${bidi}"}`.replace('{', `{${JSON.stringify(fields).slice(1, -1)},`),
      `${csi}WHY\nNOT`,
    );
    const { messages } = await seen<Listing>('list', 'orders');
    const [message] = messages;
    const outputs = [
      await dlq(),
      await dlq('list', 'orders'),
      await dlq('show', 'orders', message!.messageId, '--body'),
    ];
    for (const { out } of outputs) expect(out).not.toMatch(/[^\P{C}\n]/u);
    expect(outputs[1]!.out).toContain('?31mWHY?NOT');
    expect(outputs[2]!.out).toContain('?31mid?reason   none');
  });

  it('ends well when nobody reads on', async () => {
    await park(aCommand(), 'POISON');
    const looking = startTool('dlq.ts', env, ['list', 'orders']);
    looking.stdout!.destroy();
    const [code] = (await once(looking, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(await depthOf(aws.resources.ordersDeadLetterQueueUrl)).toEqual({ visible: 1, inFlight: 0 });
  });

  it('says what to do where nothing runs, and what to type instead', async () => {
    const [port = 0] = await freePorts(1);
    const away = await runTool('dlq.ts', {
      ...env,
      AWS_PORT: String(port),
      AWS_ENDPOINT_URL_SQS: '',
      AWS_ENDPOINT_URL_SNS: '',
    });
    expect(away).toMatchObject({ code: 1, err: expect.stringContaining('is npm start running?') });
    const wrong = await dlq('redrive', 'orders', '--all', '--stage', 'prod', '--why', 'w');
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('type --stage dev or --stage production') });
    const reasonless = await dlq('redrive', 'orders', '--all');
    expect(reasonless).toMatchObject({ code: 2, err: expect.stringContaining('type --why "what for"') });
  });
});

describe('redriving', () => {
  it('moves what has the reason, as it came, and leaves the others; the log has who and why', async () => {
    const wanted = aCommand();
    await park(wanted, 'POISON');
    await park(aCommand(), 'ITEM_REFUSED');
    const { code, err } = await dlq('redrive', 'orders', '--reason', 'POISON', ...WHY);
    expect(code).toBe(0);
    const lines = err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; by: string; why: string });
    expect(lines).toMatchObject([
      { event: 'repair_begun', by: 'ada', why: 'a test', act: 'redrive', details: { filter: 'reason POISON' } },
      { event: 'repair_ended', by: 'ada', outcome: 'DONE', counts: { moved: 1, passedOver: 1 } },
    ]);
    const [message, ...others] = await taken(aws.resources.ordersQueueUrl);
    expect(others).toEqual([]);
    expect(message).toMatchObject({ Body: wanted, MessageAttributes: { own: { StringValue: 'kept' } } });
    expect(Object.keys(message?.MessageAttributes ?? {}).sort()).toEqual(['own', 'redriven']);
    expect((await seen<Listing>('list', 'orders')).messages.map(({ code }) => code)).toEqual(['ITEM_REFUSED']);
    const [act] = await seen<object[]>('log');
    expect(act).toMatchObject({ tool: 'dlq', act: 'redrive', by: 'ada', why: 'a test', outcome: 'DONE' });
  });

  it('brings events back in order, each order for itself, into their queue alone', async () => {
    const [one, two] = [orderIds.issue('cust-1', randomUUID()), orderIds.issue('cust-1', randomUUID())];
    for (const version of [1, 2, 3]) for (const orderId of [one, two]) await deadEvent(orderId, version);
    const alone = await dlq('redrive', 'inventory', '--order', one, ...WHY);
    expect(alone).toMatchObject({ code: 0, out: expect.stringContaining('3 redriven') });
    const events = await taken(aws.resources.consumerQueueUrls.inventory);
    expect(events.map(({ Body = '' }) => JSON.parse(Body))).toMatchObject(
      [1, 2, 3].map((sequence) => ({ subject: one, sequence })),
    );
    expect(events[0]?.MessageAttributes).toEqual({ channel: expect.objectContaining({ StringValue: 'RETAIL' }) });
    expect(await depthOf(aws.resources.consumerDeadLetterQueueUrls.inventory)).toEqual({ visible: 3, inFlight: 0 });

    expect((await dlq('redrive', 'inventory', '--all', '--rate', '1000', ...WHY)).code).toBe(0);
    const rest = await taken(aws.resources.consumerQueueUrls.inventory);
    expect(rest.map(({ Body = '' }) => JSON.parse(Body).sequence)).toEqual([1, 2, 3]);
  });

  it('loses nothing when it is killed in its midst, and goes on when it is typed again', async () => {
    const commands = Array.from({ length: 40 }, () => aCommand());
    for (const command of commands) await park(command, 'POISON');
    const { ordersQueueUrl, ordersDeadLetterQueueUrl } = aws.resources;
    const running = startTool('dlq.ts', env, ['redrive', 'orders', '--all', '--rate', '50', ...WHY]);
    while ((await depthOf(ordersQueueUrl)).visible < 10) await sleep(5);
    running.kill('SIGKILL');
    await once(running, 'exit');
    const arrived = await taken(ordersQueueUrl);
    expect(arrived.length).toBeGreaterThanOrEqual(10);
    expect(arrived.length).toBeLessThan(40);
    const left = await depthOf(ordersDeadLetterQueueUrl);
    expect(left.visible + left.inFlight + arrived.length).toBeGreaterThanOrEqual(40);
    const [act] = await seen<{ endedAt?: string }[]>('log');
    expect(act?.endedAt).toBeUndefined();

    // What it had in hand is hidden for a while: the same command waits for it, and moves it too.
    expect((await dlq('redrive', 'orders', '--all', '--rate', '1000', ...WHY)).code).toBe(0);
    const all = [...arrived, ...(await taken(ordersQueueUrl))].map(({ Body }) => Body);
    expect(new Set(all)).toEqual(new Set(commands));
    expect(await depthOf(ordersDeadLetterQueueUrl)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('says what is in somebody else’s hands, and ends with 1', async () => {
    await park(aCommand(), 'POISON');
    const QueueUrl = aws.resources.ordersDeadLetterQueueUrl;
    await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 60 }));
    const { code, out, err } = await runTool(
      'dlq.ts',
      { ...env, DLQ_HIDDEN_SECONDS: '1' },
      'redrive',
      'orders',
      '--all',
      ...WHY,
    );
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('1 were in somebody else’s hands') });
    expect(err).toContain('waiting for 1 messages');
    await clients.sqs.send(new PurgeQueueCommand({ QueueUrl }));
  });

  it('keeps the order of each order however often it is killed', async () => {
    const orders = Array.from({ length: 8 }, () => orderIds.issue('cust-1', randomUUID()));
    const versions = [1, 2, 3, 4, 5, 6];
    for (const version of versions) for (const orderId of orders) await deadEvent(orderId, version);
    const { inventory } = aws.resources.consumerDeadLetterQueueUrls;
    for (let kills = 0; kills < 6; kills += 1) {
      const before = (await depthOf(inventory)).visible;
      const args = ['redrive', 'inventory', '--all', '--rate', '40', ...WHY];
      const running = startTool('dlq.ts', { ...env, DLQ_HIDDEN_SECONDS: '1' }, args);
      while ((await depthOf(inventory)).visible === before && running.exitCode === null) await sleep(2);
      // At another point of its work each time.
      await sleep(kills * 45);
      running.kill('SIGKILL');
      if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
    }
    while ((await depthOf(inventory)).visible + (await depthOf(inventory)).inFlight > 0)
      await dlq('redrive', 'inventory', '--all', ...WHY);
    const events = (await taken(aws.resources.consumerQueueUrls.inventory)).map(({ Body = '' }) => JSON.parse(Body));
    for (const orderId of orders) {
      const told = events.filter(({ subject }) => subject === orderId).map(({ sequence }) => sequence as number);
      expect([...new Set(told)]).toEqual(versions);
    }
  });
});

describe('discarding', () => {
  it('writes each message whole behind what the file has, and only then deletes it', async () => {
    const file = join(folder, 'discarded.jsonl');
    writeFileSync(file, 'as it was\n');
    await park('no JSON', 'MALFORMED_COMMAND');
    await park(aCommand(), 'POISON');
    const typed = ['discard', 'orders', '--reason', 'MALFORMED_COMMAND', '--into', file];
    expect(await dlq(...typed, ...WHY)).toMatchObject({ code: 0, out: expect.stringContaining('1 discarded') });
    const [before, line = '', end] = readFileSync(file, 'utf8').split('\n');
    expect({ before, end }).toEqual({ before: 'as it was', end: '' });
    expect(JSON.parse(line)).toMatchObject({
      queue: 'orders-dlq',
      by: 'ada',
      why: 'a test',
      code: 'MALFORMED_COMMAND',
      Body: 'no JSON',
      MessageAttributes: { own: { StringValue: 'kept' } },
    });
    expect((await seen<Listing>('list', 'orders')).messages.map(({ code }) => code)).toEqual(['POISON']);
  });

  it('begins a line of its own behind one that was cut short', async () => {
    const file = join(folder, 'cut.jsonl');
    writeFileSync(file, '{"queue":"ord');
    await park('no JSON', 'MALFORMED_COMMAND');
    expect(await dlq('discard', 'orders', '--all', '--into', file, ...WHY)).toMatchObject({ code: 0 });
    const [cut, line = ''] = readFileSync(file, 'utf8').split('\n');
    expect(cut).toBe('{"queue":"ord');
    expect(JSON.parse(line)).toMatchObject({ Body: 'no JSON' });
  });

  it('takes nothing when the file can not be written', async () => {
    await park('no JSON', 'MALFORMED_COMMAND');
    const { code, err } = await dlq('discard', 'orders', '--all', '--into', join(folder, 'none/file'), ...WHY);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('can not write into') });
    expect(await depthOf(aws.resources.ordersDeadLetterQueueUrl)).toEqual({ visible: 1, inFlight: 0 });
    expect(() => statSync(join(folder, 'none'))).toThrow('ENOENT');
  });
});

it('works on a stage by the names of its resources, with the SDK’s own endpoint and credentials', async () => {
  const create = async (name: string) =>
    (await clients.sqs.send(new CreateQueueCommand({ QueueName: `fargate-orders-dev-${name}` }))).QueueUrl;
  await create(ordersQueue.name);
  const QueueUrl = await create(ordersDeadLetterQueue.name);
  await createTable(clients.dynamodb, { ...operationsLogTable, name: `fargate-orders-dev-${operationsLogTable.name}` });
  await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: aCommand() }));
  expect(await seen<Listing>('list', 'orders', '--stage', 'dev')).toMatchObject({ matching: 1 });
  const moved = await dlq('redrive', 'orders', '--all', '--stage', 'dev', ...WHY);
  expect(moved).toMatchObject({ code: 0, out: expect.stringContaining('1 redriven') });
  expect(moved.err).toContain('"target":"dev"');
});
