import { orderVersions, replayMessageOf } from '#libs/orders';
import { eventConsumers } from '#libs/resources';
import { everyStep } from '../../libs/orders/src/testing/order-life.ts';
import { wants } from './event-replay.ts';

const origin = { typePrefix: 'com.example.orders', source: '/orders' };
const [inventory] = eventConsumers;

describe('a service', () => {
  it('receives the events that its filter policy allows, and all events without a policy', () => {
    const orders = everyStep().map(({ after }) => after);
    const messages = orders.flatMap((order) => replayMessageOf(orderVersions(order).versions.at(-1)!, origin, 'r'));
    const shipped = 'com.example.orders.order.shipped.v1';
    const filterPolicy = { eventType: [shipped], channel: ['RETAIL'] };
    const wanted = (consumer: typeof inventory) => messages.filter((message) => wants(consumer!, message));
    expect(wanted(inventory)).toEqual(messages);
    const some = wanted({ ...inventory!, filterPolicy });
    expect(some.map(({ attributes }) => attributes.eventType)).toEqual([shipped, shipped]);
    expect(wanted({ ...inventory!, filterPolicy: { ...filterPolicy, channel: ['WHOLESALE'] } })).toEqual([]);
  });
});
