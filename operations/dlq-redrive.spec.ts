import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateQueueCommand, PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { operationsLogTable, ordersDeadLetterQueue, ordersQueue } from '#libs/resources';
import { orderIds } from '../libs/orders/src/testing/order-factory.ts';
import { createTable } from '../local/aws/create-table.ts';
import { LONG_ROUNDS } from '../test/harness/rounds.ts';
import { aCommand, type Listing, LocalQueues } from './testing/local-queues.ts';
import { runTool, startTool } from './testing/tool-run.ts';
import { deadLetterQueues } from './dead-letters/arguments.ts';
import { readQueue } from './dead-letters/queue-reading.ts';
import { redriveOrDiscard } from './dead-letters/redrive.ts';
import { openEnvironment } from './environment.ts';

const WHY = ['--why', 'a test', '--by', 'ada'];
/** Each kill comes at another point of the work, so long after the tool has received its first message. */
const KILL_DELAYS_MS = LONG_ROUNDS ? [0, 45, 90, 135, 180, 225] : [0, 135];

let queues: LocalQueues;

beforeAll(async () => {
  queues = await LocalQueues.start();
});

afterAll(() => queues.stop());
afterEach(() => queues.empty());

describe('redriving', () => {
  it('moves the messages of a reason unchanged, leaves the others, and logs who did it and why', async () => {
    const wanted = aCommand();
    await queues.deadCommand(wanted, 'POISON');
    await queues.deadCommand(aCommand(), 'ITEM_REFUSED');
    const { code, err } = await queues.dlq('redrive', 'orders', '--reason', 'POISON', ...WHY);
    expect(code).toBe(0);
    const lines = err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; by: string; why: string });
    expect(lines).toMatchObject([
      {
        event: 'operation_started',
        by: 'ada',
        why: 'a test',
        operation: 'redrive',
        details: { filter: { code: 'POISON' } },
      },
      { event: 'operation_ended', by: 'ada', outcome: 'DONE', counts: { moved: 1, passedOver: 1 } },
    ]);
    const [message, ...others] = await queues.taken(queues.aws.resources.ordersQueueUrl);
    expect(others).toEqual([]);
    expect(message).toMatchObject({ Body: wanted, MessageAttributes: { own: { StringValue: 'kept' } } });
    expect(Object.keys(message?.MessageAttributes ?? {}).sort()).toEqual(['own', 'redriven']);
    expect((await queues.seen<Listing>('list', 'orders')).messages.map(({ code }) => code)).toEqual(['ITEM_REFUSED']);
    const [operation] = await queues.seen<object[]>('log');
    expect(operation).toMatchObject({ tool: 'dlq', operation: 'redrive', by: 'ada', why: 'a test', outcome: 'DONE' });
  });

  it('moves the events of each order in order, back into their own queue', async () => {
    const [one, two] = [orderIds.issue('cust-1', randomUUID()), orderIds.issue('cust-1', randomUUID())];
    for (const version of [1, 2, 3]) for (const orderId of [one, two]) await queues.deadEvent(orderId, version);
    const redriven = await queues.dlq('redrive', 'inventory', '--order', one, ...WHY);
    expect(redriven).toMatchObject({ code: 0, out: expect.stringContaining('3 redriven') });
    const events = await queues.taken(queues.aws.resources.consumerQueueUrls.inventory);
    expect(events.map(({ Body = '' }) => JSON.parse(Body))).toMatchObject(
      [1, 2, 3].map((sequence) => ({ subject: one, sequence })),
    );
    expect(events[0]?.MessageAttributes).toEqual({ channel: expect.objectContaining({ StringValue: 'RETAIL' }) });
    expect(await queues.depthOf(queues.aws.resources.consumerDeadLetterQueueUrls.inventory)).toEqual({
      visible: 3,
      inFlight: 0,
    });

    expect((await queues.dlq('redrive', 'inventory', '--all', '--rate', '1000', ...WHY)).code).toBe(0);
    const rest = await queues.taken(queues.aws.resources.consumerQueueUrls.inventory);
    expect(rest.map(({ Body = '' }) => JSON.parse(Body).sequence)).toEqual([1, 2, 3]);
  });

  it('loses nothing when it is killed, and continues when it is started again', async () => {
    const commands = Array.from({ length: 40 }, () => aCommand());
    for (const command of commands) await queues.deadCommand(command, 'POISON');
    const { ordersQueueUrl, ordersDeadLetterQueueUrl } = queues.aws.resources;
    const running = startTool('dlq.ts', queues.env, ['redrive', 'orders', '--all', '--rate', '10', ...WHY]);
    while ((await queues.depthOf(ordersQueueUrl)).visible < 10) await sleep(5);
    running.kill('SIGKILL');
    await once(running, 'exit');
    const arrived = await queues.taken(ordersQueueUrl);
    expect(arrived.length).toBeGreaterThanOrEqual(10);
    expect(arrived.length).toBeLessThan(40);
    const left = await queues.depthOf(ordersDeadLetterQueueUrl);
    expect(left.visible + left.inFlight + arrived.length).toBeGreaterThanOrEqual(40);
    const [operation] = await queues.seen<{ endedAt?: string }[]>('log');
    expect(operation?.endedAt).toBeUndefined();

    // The messages that it held are hidden for a while. The same command waits for them and moves them as well.
    expect((await queues.dlq('redrive', 'orders', '--all', '--rate', '1000', ...WHY)).code).toBe(0);
    const all = [...arrived, ...(await queues.taken(ordersQueueUrl))].map(({ Body }) => Body);
    expect(new Set(all)).toEqual(new Set(commands));
    expect(await queues.depthOf(ordersDeadLetterQueueUrl)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('reports the messages that are in flight elsewhere, and ends with 1', async () => {
    await queues.deadCommand(aCommand(), 'POISON');
    const QueueUrl = queues.aws.resources.ordersDeadLetterQueueUrl;
    await queues.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 60 }));
    const { code, out, err } = await runTool(
      'dlq.ts',
      { ...queues.env, DLQ_HIDDEN_SECONDS: '1' },
      'redrive',
      'orders',
      '--all',
      ...WHY,
    );
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('1 were in flight elsewhere') });
    expect(err).toContain('waiting for 1 messages');
    await queues.clients.sqs.send(new PurgeQueueCommand({ QueueUrl }));
  });

  it('keeps the order of each order however often it is killed', async () => {
    const orders = Array.from({ length: 8 }, () => orderIds.issue('cust-1', randomUUID()));
    const versions = [1, 2, 3, 4, 5, 6];
    for (const version of versions) for (const orderId of orders) await queues.deadEvent(orderId, version);
    const { inventory } = queues.aws.resources.consumerDeadLetterQueueUrls;
    for (const delayMs of KILL_DELAYS_MS) {
      const before = (await queues.depthOf(inventory)).visible;
      const args = ['redrive', 'inventory', '--all', '--rate', '40', ...WHY];
      const running = startTool('dlq.ts', { ...queues.env, DLQ_HIDDEN_SECONDS: '1' }, args);
      while ((await queues.depthOf(inventory)).visible === before && running.exitCode === null) await sleep(2);
      await sleep(delayMs);
      running.kill('SIGKILL');
      if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
    }
    while ((await queues.depthOf(inventory)).visible + (await queues.depthOf(inventory)).inFlight > 0)
      await queues.dlq('redrive', 'inventory', '--all', ...WHY);
    const events = (await queues.taken(queues.aws.resources.consumerQueueUrls.inventory)).map(({ Body = '' }) =>
      JSON.parse(Body),
    );
    for (const orderId of orders) {
      const sequences = events.filter(({ subject }) => subject === orderId).map(({ sequence }) => sequence as number);
      expect([...new Set(sequences)]).toEqual(versions);
    }
  });
});

describe('redriving after a dry run', () => {
  /** Reads a queue for a dry run. The returned function redrives what was shown, and resolves to the counts. */
  async function dryRunOf(name: string) {
    const { AWS_PORT, DYNAMODB_PORT } = queues.env;
    const environment = openEnvironment(undefined, { AWS_PORT, DYNAMODB_PORT });
    const { signal } = new AbortController();
    const queue = deadLetterQueues.find((one) => one.name === name)!;
    const readAtMs = Date.now();
    const { messages } = await readQueue(environment, queue, signal);
    const dryRunShown = { messageIds: new Set(messages.map(({ messageId }) => messageId)), readAtMs };
    return async () => {
      const typed = { command: 'redrive', filter: {}, rate: 1_000, by: 'ada', why: 'a test', dryRunShown };
      const { counts, outcome } = await redriveOrDiscard(environment, queue, typed, signal);
      environment.destroy();
      return { ...counts, outcome };
    };
  }

  it('moves the messages that were shown, and none that came in since', async () => {
    const shown = [aCommand(), aCommand()];
    for (const command of shown) await queues.deadCommand(command, 'POISON');
    const confirm = await dryRunOf('orders-dlq');
    await queues.deadCommand(aCommand(), 'POISON');
    expect(await confirm()).toMatchObject({ moved: 2, cameSince: 1, gone: 0, outcome: 'DONE' });
    const moved = await queues.taken(queues.aws.resources.ordersQueueUrl);
    expect(new Set(moved.map(({ Body }) => Body))).toEqual(new Set(shown));
  });

  it('moves the messages behind those of a FIFO queue that were shown, up to the dry run', async () => {
    const order = orderIds.issue('cust-1', randomUUID());
    for (const version of [1, 2, 3]) await queues.deadEvent(order, version);
    const confirm = await dryRunOf('inventory-dlq.fifo');
    await queues.deadEvent(order, 4);
    await queues.deadEvent(orderIds.issue('cust-1', randomUUID()), 1);
    expect(await confirm()).toMatchObject({ moved: 3, cameSince: 2, outcome: 'DONE' });
    const events = await queues.taken(queues.aws.resources.consumerQueueUrls.inventory);
    expect(events.map(({ Body = '' }) => JSON.parse(Body).sequence)).toEqual([1, 2, 3]);
  });

  it('reports the messages that are gone', async () => {
    await queues.deadCommand(aCommand(), 'POISON');
    const confirm = await dryRunOf('orders-dlq');
    await queues.taken(queues.aws.resources.ordersDeadLetterQueueUrl);
    expect(await confirm()).toMatchObject({ moved: 0, gone: 1, outcome: 'SOMETHING_STAYED' });
  });
});

describe('discarding', () => {
  it('appends each message whole to the file, and only then deletes it', async () => {
    const file = join(queues.folder, 'discarded.jsonl');
    writeFileSync(file, 'as it was\n');
    await queues.deadCommand('no JSON', 'MALFORMED_COMMAND');
    await queues.deadCommand(aCommand(), 'POISON');
    const typed = ['discard', 'orders', '--reason', 'MALFORMED_COMMAND', '--into', file];
    expect(await queues.dlq(...typed, ...WHY)).toMatchObject({ code: 0, out: expect.stringContaining('1 discarded') });
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
    expect((await queues.seen<Listing>('list', 'orders')).messages.map(({ code }) => code)).toEqual(['POISON']);
  });

  it('starts a new line behind one that was cut short', async () => {
    const file = join(queues.folder, 'cut.jsonl');
    writeFileSync(file, '{"queue":"ord');
    await queues.deadCommand('no JSON', 'MALFORMED_COMMAND');
    expect(await queues.dlq('discard', 'orders', '--all', '--into', file, ...WHY)).toMatchObject({ code: 0 });
    const [cut, line = ''] = readFileSync(file, 'utf8').split('\n');
    expect(cut).toBe('{"queue":"ord');
    expect(JSON.parse(line)).toMatchObject({ Body: 'no JSON' });
  });

  it('leaves all messages when the file cannot be written', async () => {
    await queues.deadCommand('no JSON', 'MALFORMED_COMMAND');
    const { code, err } = await queues.dlq(
      'discard',
      'orders',
      '--all',
      '--into',
      join(queues.folder, 'none/file'),
      ...WHY,
    );
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('cannot write to') });
    expect(await queues.depthOf(queues.aws.resources.ordersDeadLetterQueueUrl)).toEqual({ visible: 1, inFlight: 0 });
    expect(() => statSync(join(queues.folder, 'none'))).toThrow('ENOENT');
  });
});

it('operates on a stage by the names of its resources, with the SDK’s endpoint and credentials', async () => {
  const create = async (name: string) =>
    (await queues.clients.sqs.send(new CreateQueueCommand({ QueueName: `fargate-orders-dev-${name}` }))).QueueUrl;
  await create(ordersQueue.name);
  const QueueUrl = await create(ordersDeadLetterQueue.name);
  await createTable(queues.clients.dynamodb, {
    ...operationsLogTable,
    name: `fargate-orders-dev-${operationsLogTable.name}`,
  });
  await queues.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: aCommand() }));
  expect(await queues.seen<Listing>('list', 'orders', '--stage', 'dev')).toMatchObject({ matching: 1 });
  const moved = await queues.dlq('redrive', 'orders', '--all', '--stage', 'dev', ...WHY);
  expect(moved).toMatchObject({ code: 0, out: expect.stringContaining('1 redriven') });
  expect(moved.err).toContain('"environment":"dev"');
});
