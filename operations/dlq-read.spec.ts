import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventConsumerNames } from '#libs/resources';
import { orderIds } from '../libs/orders/src/testing/order-factory.ts';
import { freePorts } from '../local/taken-ports.ts';
import { aCommand, type Listing, LocalQueues } from './testing/local-queues.ts';
import { ended, runTool, startTool } from './testing/tool-run.ts';

let queues: LocalQueues;

beforeAll(async () => {
  queues = await LocalQueues.start();
});

afterAll(() => queues.stop());
afterEach(() => queues.empty());

describe('reading', () => {
  it('counts by reason and leaves all messages, which can be received at once afterwards, in order', async () => {
    const orderId = orderIds.issue('cust-1', randomUUID());
    for (const reason of ['POISON', 'POISON', 'ITEM_REFUSED', undefined]) await queues.deadCommand(aCommand(), reason);
    for (const version of [1, 2, 3]) await queues.deadEvent(orderId, version);

    const overview = await queues.seen<{
      queues: { name: string; reasons: object; messages: number; unseen: number }[];
    }>();
    const [first, ...others] = eventConsumerNames.map((name) => `${name}-dlq.fifo`);
    expect(overview.queues).toMatchObject([
      { name: 'orders-dlq', messages: 4, reasons: { POISON: 2, ITEM_REFUSED: 1, RECEIVED_TOO_OFTEN: 1 }, unseen: 0 },
      { name: 'stream-relay-dlq.fifo', messages: 0 },
      // The emulator delivers only an order's first message.
      { name: first, messages: 3, reasons: { RECEIVED_TOO_OFTEN: 1 }, unseen: 2 },
      ...others.map((name) => ({ name, messages: 0 })),
    ]);
    const { ordersDeadLetterQueueUrl, consumerDeadLetterQueueUrls } = queues.aws.resources;
    expect(await queues.depthOf(ordersDeadLetterQueueUrl)).toEqual({ visible: 4, inFlight: 0 });
    expect(await queues.taken(ordersDeadLetterQueueUrl)).toHaveLength(4);
    const events = await queues.taken(consumerDeadLetterQueueUrls.inventory);
    expect(events.map(({ Body = '' }) => JSON.parse(Body).sequence)).toEqual([1, 2, 3]);
  });

  it('makes all messages visible again when it is interrupted, and changes nothing in a dry run', async () => {
    for (let count = 0; count < 30; count += 1) await queues.deadCommand(aCommand(), 'POISON');
    // While it waits for more messages, the interruption comes.
    const reading = startTool('dlq.ts', { ...queues.env, DLQ_POLL_SECONDS: '1' }, ['list', 'orders']);
    const url = queues.aws.resources.ordersDeadLetterQueueUrl;
    while ((await queues.depthOf(url)).inFlight === 0) await sleep(5);
    reading.kill('SIGINT');
    expect((await ended(reading)).code).toBe(130);
    expect(await queues.depthOf(url)).toEqual({ visible: 30, inFlight: 0 });

    const dry = await queues.dlq('redrive', 'orders', '--reason', 'POISON', '--dry-run');
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('would take 30 messages of orders-dlq') });
    expect(await queues.depthOf(url)).toEqual({ visible: 30, inFlight: 0 });
    expect(await queues.depthOf(queues.aws.resources.ordersQueueUrl)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('shows a message with its attempts and its trace, and its body only with --body', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const orderId = orderIds.issue('cust-1', randomUUID());
    await queues.deadCommand(JSON.stringify({ type: 'order.place.v1', orderId, traceparent, secret: 'Ada' }), 'POISON');
    const { messages } = await queues.seen<Listing>('list', 'orders');
    const shown = await queues.dlq('show', 'orders', messages[0]!.messageId.slice(0, 8));
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
    expect((await queues.dlq('show', 'orders', messages[0]!.messageId, '--body')).out).toContain('Ada');
  });

  it('prints no control characters of a message', async () => {
    const [escape, csi, bidi] = ['\u001b[2J', '\u009b31m', '\u202e'];
    const fields = { receivedAt: `${escape}now`, commandId: `${csi}id\nreason   none` };
    await queues.deadCommand(
      `{"type":"order.place.v1","n":"${csi}${bidi}"}`.replace('{', `{${JSON.stringify(fields).slice(1, -1)},`),
      `${csi}WHY\nNOT`,
    );
    const { messages } = await queues.seen<Listing>('list', 'orders');
    const [message] = messages;
    const outputs = [
      await queues.dlq(),
      await queues.dlq('list', 'orders'),
      await queues.dlq('show', 'orders', message!.messageId, '--body'),
    ];
    for (const { out } of outputs) expect(out).not.toMatch(/[^\P{C}\n]/u);
    expect(outputs[1]!.out).toContain('?31mWHY?NOT');
    expect(outputs[2]!.out).toContain('?31mid?reason   none');
  });

  it('exits with 0 when its output is closed', async () => {
    await queues.deadCommand(aCommand(), 'POISON');
    const reading = startTool('dlq.ts', queues.env, ['list', 'orders']);
    reading.stdout!.destroy();
    const [code] = (await once(reading, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(await queues.depthOf(queues.aws.resources.ordersDeadLetterQueueUrl)).toEqual({ visible: 1, inFlight: 0 });
  });

  it('says what to do when nothing runs or the arguments are wrong', async () => {
    const [port = 0] = await freePorts(1);
    const away = await runTool('dlq.ts', {
      ...queues.env,
      AWS_PORT: String(port),
      AWS_ENDPOINT_URL_SQS: '',
      AWS_ENDPOINT_URL_SNS: '',
    });
    expect(away).toMatchObject({ code: 1, err: expect.stringContaining('is npm start running?') });
    const wrong = await queues.dlq('redrive', 'orders', '--all', '--stage', 'prod', '--why', 'w');
    expect(wrong).toMatchObject({
      code: 2,
      err: expect.stringContaining('type --stage small or --stage dev or --stage production'),
    });
    const reasonless = await queues.dlq('redrive', 'orders', '--all');
    expect(reasonless).toMatchObject({ code: 2, err: expect.stringContaining('type --why "what for"') });
  });
});
