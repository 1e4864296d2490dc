import { SNSClient } from '@aws-sdk/client-sns';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { pino } from 'pino';
import type { ChangeRecord } from '#libs/dynamodb-streams';
import { importOrder, placeOrder } from '#libs/orders';
import { noTracing } from '#libs/service';
import { anImportedOrder, aPlaceOrderCommand, shopRules } from '../../../libs/orders/src/testing/order-factory.ts';
import { OrderEventsSink } from './order-events-sink.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const order = placeOrder(aPlaceOrderCommand(), shopRules(1), '2026-01-02T03:04:06.000Z');

function aRecord(newImage: Record<string, AttributeValue>): ChangeRecord {
  return { sequenceNumber: '7', eventId: '7', eventName: 'INSERT', itemKey: 'key', keys: {}, newImage };
}

/** A sink whose topic gives this answer, and its log lines. */
function aSink(topicAnswer: () => Promise<{ Successful: { Id: string }[] }>) {
  const client = new SNSClient({ region: 'eu-central-1', maxAttempts: 1 });
  client.middlewareStack.add(() => async () => ({ output: { $metadata: {}, ...(await topicAnswer()) }, response: {} }));
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ messageKey: 'event' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const topicArn = 'arn:aws:sns:eu-central-1:000000000000:order-events.fifo';
  const origin = { typePrefix: 'com.example.orders', source: '/fargate-orders' };
  const sink = new OrderEventsSink({ client, topicArn, callTimeoutMs: 1_000, origin }, { logger, tracing: noTracing });
  const publish = (newImage: Record<string, AttributeValue>) =>
    sink.publish(aRecord(newImage), { granted: () => true });
  return { publish, lines };
}

const accepting = () => Promise.resolve({ Successful: [{ Id: '0' }] });
const unavailable = () => Promise.reject(new Error('the topic is unavailable'));

describe('OrderEventsSink', () => {
  it('logs the order and the trace of an event that the topic accepted', async () => {
    const { publish, lines } = aSink(accepting);
    await publish(marshall(order));
    expect(lines).toMatchObject([{ event: 'event_relayed', orderId: order.orderId, version: 1, traceId }]);
  });

  it('logs the order and the trace of an event that the topic did not accept, and passes the failure on', async () => {
    const { publish, lines } = aSink(unavailable);
    await expect(publish(marshall(order))).rejects.toMatchObject({ code: 'PUBLISH_FAILED' });
    expect(lines).toMatchObject([
      {
        event: 'event_not_relayed',
        level: 40,
        orderId: order.orderId,
        version: 1,
        traceId,
        sequenceNumber: '7',
        error: 'PublishBatch failed',
        cause: 'Error: the topic is unavailable',
      },
    ]);
  });

  it('passes an imported order without a call to the topic, unless its import is to be published', async () => {
    const { publish, lines } = aSink(accepting);
    await publish(marshall(importOrder(anImportedOrder(), 1, false)));
    expect(lines).toEqual([]);
    await publish(marshall(importOrder(anImportedOrder(), 1, true)));
    expect(lines).toMatchObject([{ event: 'event_relayed', orderEvent: 'imported', version: 1 }]);
  });

  it.each([
    ['has no history', marshall({ orderId: 'ord-1', version: 1 }), { orderId: 'ord-1', version: 1 }],
    [
      'has an empty entry in its history',
      marshall({ orderId: 'ord-1', version: 1, history: [null] }),
      { orderId: 'ord-1' },
    ],
    [
      'has a trace that is not text',
      marshall({ orderId: 'ord-1', version: 1, history: [{ traceparent: { toString: 'x' } }] }),
      { orderId: 'ord-1' },
    ],
    ['cannot be read', { orderId: { X: '1' } as never }, {}],
  ])('refuses, and logs, an order that %s', async (_problem, newImage, fields) => {
    const { publish, lines } = aSink(accepting);
    await expect(publish(newImage)).rejects.toMatchObject({ code: 'NO_MESSAGE' });
    expect(lines).toMatchObject([{ event: 'event_not_relayed', errorCode: 'NO_MESSAGE', ...fields }]);
  });
});
