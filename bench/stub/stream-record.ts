import { marshall } from '@aws-sdk/util-dynamodb';
import { placeOrder, type StoredOrder } from '#libs/orders';
import { aPlaceOrderCommand } from '../../libs/orders/src/testing/order-factory.ts';

const orders = new Map<number, StoredOrder>();

/** The n-th change in a stream that changes `items` orders in turn: a new image, and an old one after the first. */
export function aStreamRecord(n: number, items: number): { record: object; size: number } {
  const item = n % items;
  const version = Math.floor(n / items) + 1;
  const order = orderOf(item);
  const NewImage = marshall({ ...order, version }, { removeUndefinedValues: true });
  const old = version > 1 ? { OldImage: { ...NewImage, version: { N: String(version - 1) } } } : {};
  const Keys = { orderKey: { S: order.orderKey } };
  const SequenceNumber = String(n).padStart(21, '0');
  const dynamodb = {
    ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
    Keys,
    NewImage,
    ...old,
    SequenceNumber,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  };
  const record = { eventID: SequenceNumber, eventName: version > 1 ? 'MODIFY' : 'INSERT', dynamodb };
  return { record, size: JSON.stringify(record).length };
}

function orderOf(item: number): StoredOrder {
  const known = orders.get(item);
  if (known) return known;
  const command = aPlaceOrderCommand();
  const order = placeOrder(command, { wholesaleApprovalLimit: 1_000_000 }, command.receivedAt);
  orders.set(item, order);
  return order;
}
