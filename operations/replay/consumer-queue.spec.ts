import { SQSClient } from '@aws-sdk/client-sqs';
import { orderVersions, replayMessageOf } from '#libs/orders';
import { eventConsumers } from '#libs/resources';
import { everyStep } from '../../libs/orders/src/testing/order-life.ts';
import { ConsumerQueue } from './consumer-queue.ts';

const origin = { typePrefix: 'com.example.orders', source: '/orders' };
const [inventory] = eventConsumers;

describe('ConsumerQueue', () => {
  it('wants what the filter policy of its service lets through, and all without one', () => {
    const orders = everyStep().map(({ after }) => after);
    const messages = orders.flatMap((order) => replayMessageOf(orderVersions(order).versions.at(-1)!, origin, 'r'));
    const shipped = 'com.example.orders.order.shipped.v1';
    const filterPolicy = { eventType: [shipped], channel: ['RETAIL'] };
    const wanted = (consumer: typeof inventory) =>
      messages.filter((message) => new ConsumerQueue(new SQSClient(), 'queue', consumer!).wants(message));
    expect(wanted(inventory)).toEqual(messages);
    const some = wanted({ ...inventory!, filterPolicy });
    expect(some.map(({ attributes }) => attributes.eventType)).toEqual([shipped, shipped]);
    expect(wanted({ ...inventory!, filterPolicy: { ...filterPolicy, channel: ['WHOLESALE'] } })).toEqual([]);
  });
});
