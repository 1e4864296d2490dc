import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { aChange } from '../../libs/orders/src/testing/change-factory.ts';
import { aPlaceOrderCommand } from '../../libs/orders/src/testing/order-factory.ts';
import { type AwsClients, awsClients } from '../../local/aws/aws-clients.ts';
import { runTool, type ToolRun } from '../../operations/testing/tool-run.ts';
import type { Pipeline } from '../harness/pipeline.ts';

const WHY = ['--why', 'a test'];

export function deadLetterTests(running: () => Pipeline): void {
  let pipeline: Pipeline;
  let clients: AwsClients;

  beforeAll(async () => {
    pipeline = running();
    clients = awsClients(pipeline.aws.env);
  });

  afterAll(() => clients.destroy());

  const dlq = (...args: readonly string[]): Promise<ToolRun> => runTool('dlq.ts', pipeline.aws.env, ...args);

  async function deadLetter(command: object): Promise<void> {
    const QueueUrl = pipeline.aws.resources.ordersDeadLetterQueueUrl;
    const MessageAttributes = { code: { DataType: 'String', StringValue: 'POISON' } };
    await clients.sqs.send(
      new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(command), MessageAttributes }),
    );
  }

  it('are handled in the order in which the api received them, not in the order of the queue', async () => {
    const place = aPlaceOrderCommand({ receivedAt: '2026-01-02T03:04:05.000Z' });
    const at = (second: number) => ({ receivedAt: `2026-01-02T03:04:0${second}.000Z` });
    const start = aChange(place, 'startFulfillment', {}, at(6));
    const ship = aChange(
      place,
      'createShipment',
      { carrier: 'DHL', trackingNumber: 'T1', items: [{ lineNumber: 1, quantity: 1 }] },
      at(7),
    );
    for (const command of [ship, start, place]) await deadLetter(command);
    expect(await dlq('redrive', 'orders', '--order', place.orderId, ...WHY)).toMatchObject({
      code: 0,
      out: expect.stringContaining('3 redriven'),
    });
    const events = await pipeline.inboxes.inventory.waitForEvents(place.orderId, 3);
    expect(events.map(({ data }) => data.order.status)).toEqual(['CONFIRMED', 'IN_FULFILLMENT', 'PARTIALLY_SHIPPED']);
    expect(await overview()).toEqual([]);
  });

  it('change nothing when they were handled already', async () => {
    const place = aPlaceOrderCommand();
    await deadLetter(place);
    await deadLetter(place);
    expect(await dlq('redrive', 'orders', '--all', ...WHY)).toMatchObject({ code: 0 });
    await pipeline.inboxes.inventory.waitForEvents(place.orderId);
    await pipeline.logs.find(
      'second',
      ({ event, orderId }) => event === 'order_duplicate' && orderId === place.orderId,
    );
    expect(await pipeline.inboxes.inventory.waitForEvents(place.orderId)).toHaveLength(1);
  });

  it('are reported when the worker rejects them again, with the number of redrives', async () => {
    const body = `no JSON ${randomUUID()}`;
    await pipeline.deadLettered(await pipeline.sendToOrdersQueue(body));
    // The tool waits until the message is visible: reading it above has hidden it for a second.
    const redriven = await dlq('redrive', 'orders', '--reason', 'MALFORMED_COMMAND', ...WHY);
    expect(redriven).toMatchObject({ code: 1, out: expect.stringContaining('1 came back: the cause is not fixed') });
    const { messages } = JSON.parse((await dlq('list', 'orders', '--json')).out) as { messages: object[] };
    expect(messages).toMatchObject([{ code: 'MALFORMED_COMMAND', redriven: 1 }]);
  });

  async function overview(): Promise<unknown[]> {
    const { queues } = JSON.parse((await dlq('--json')).out) as { queues: { messages: number }[] };
    return queues.filter(({ messages }) => messages > 0);
  }
}
