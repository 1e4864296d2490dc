import { OrderTable } from '#libs/order-store';
import { OrderIds, placeOrder, type Role, type StoredOrder } from '#libs/orders';
import { aPlaceOrderCommand, shopRules } from '../../../../libs/orders/src/testing/order-factory.ts';
import { EmbeddedAws } from '../../../../test/harness/embedded-aws.ts';
import { OrderFeed } from '../feed/order-feed.ts';
import { OrderWatch } from '../feed/order-watch.ts';
import { OrderReading } from './order-reading.ts';

const withdrawn = new OrderIds(['a-key-that-was-withdrawn-0123456789']);
const present = new OrderIds(['the-present-signing-key-0123456789ab']);
const notFound = { kind: 'not-found' };
let orders = 0;

describe('OrderReading', () => {
  let aws: EmbeddedAws;
  let table: OrderTable;

  beforeAll(async () => {
    aws = await EmbeddedAws.start();
    table = new OrderTable(aws.dynamodb, aws.resources.ordersTableName);
  });

  afterAll(() => aws.stop());

  const read = (orderId: string, subject: string, ...roles: Role[]) => {
    return new OrderReading(present, table).find({ subject, roles: roles.length > 0 ? roles : ['retail'] }, orderId);
  };
  const stored = async (orderId: string, customerId = 'ada'): Promise<StoredOrder> => {
    const order = placeOrder(aPlaceOrderCommand({ orderId, customerId }), shopRules(), '2026-01-02T03:04:06.000Z');
    await table.create(order);
    return order;
  };
  const newKey = () => `cart-${(orders += 1)}`;

  it('shows an order whose signing key was withdrawn to its customer and to staff only', async () => {
    const key = newKey();
    const { orderId } = await stored(withdrawn.issue('ada', key));
    for (const reader of [
      read(orderId, 'ada'),
      read(orderId, 'eve', 'accounting'),
      read(present.issue('ada', key), 'ada'),
    ]) {
      expect(await reader).toMatchObject({ orderId, status: 'CONFIRMED' });
    }
    await expect(read(orderId, 'eve')).rejects.toMatchObject(notFound);
    await expect(read(present.issue('ada', key), 'eve', 'operator')).rejects.toMatchObject(notFound);
  });

  it("shows another customer's order to no customer, even under an id that was issued to them", async () => {
    const orderId = present.issue('eve', newKey());
    await stored(orderId);
    await expect(read(orderId, 'eve')).rejects.toMatchObject(notFound);
    expect(await read(orderId, 'ada')).toMatchObject({ customerId: 'ada' });
  });

  it('shows an order that is not stored yet as PENDING, only to the caller to whom its id was issued', async () => {
    const orderId = present.issue('ada', newKey());
    expect(await read(orderId, 'ada')).toEqual({ orderId, status: 'PENDING' });
    await expect(read(orderId, 'eve', 'operator')).rejects.toMatchObject(notFound);
    await expect(read(withdrawn.issue('ada', newKey()), 'ada')).rejects.toMatchObject(notFound);
  });

  it("ends the feed of a PENDING id that turns out to be of another customer's order, without showing it", async () => {
    const orderId = present.issue('eve', newKey());
    const { signal } = new AbortController();
    const feed = new OrderFeed(new OrderWatch(table), signal);
    const order = await read(orderId, 'eve');
    const stream = feed.open({ subject: 'eve', roles: ['retail'] }, order, undefined, signal);
    await stored(orderId);
    const frames = (await stream.toArray()) as string[];
    expect(frames.filter((frame) => frame.includes('event:')).map((frame) => frame.includes('PENDING'))).toEqual([
      true,
    ]);
  });
});
