import { randomBytes } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';

// Node runs this file as it is, so the orders lib with its decorators is out of reach: an order of the same shape and size.
const address = {
  name: 'Ada Lovelace',
  line1: '12 Brunnenstrasse',
  city: 'Berlin',
  postalCode: '10119',
  country: 'DE',
};

const images = new Map<number, ReturnType<typeof anOrder>>();

/** The n-th change in a stream that changes `items` orders in turn: a new image, and an old one after the first. */
export function aStreamRecord(n: number, items: number): { record: object; size: number } {
  const item = n % items;
  const version = Math.floor(n / items) + 1;
  const image = images.get(item) ?? anOrder();
  images.set(item, image);
  const SequenceNumber = String(n).padStart(21, '0');
  const dynamodb = {
    ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
    Keys: { orderKey: image['orderKey'] },
    NewImage: { ...image, version: { N: String(version) } },
    ...(version > 1 ? { OldImage: { ...image, version: { N: String(version - 1) } } } : {}),
    SequenceNumber,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  };
  const record = { eventID: SequenceNumber, eventName: version > 1 ? 'MODIFY' : 'INSERT', dynamodb };
  return { record, size: JSON.stringify(record).length };
}

function anOrder() {
  const orderKey = randomBytes(8).toString('hex').toUpperCase();
  const at = '2026-01-02T03:04:05.678Z';
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const change = { version: 1, event: 'confirmed', at, by: 'cust-1', commandId: orderKey, traceparent };
  return marshall({
    orderKey,
    orderId: `${orderKey}0123456789`,
    customerId: 'cust-1',
    channel: 'RETAIL',
    status: 'CONFIRMED',
    version: 1,
    currency: 'EUR',
    lineItems: [
      { sku: 'CLN-SOAP-1', name: 'Soap, 1 litre', quantity: 3, unitPrice: 499 },
      { sku: 'CLN-MOP-2', name: 'Mop', quantity: 1, unitPrice: 1_299 },
    ],
    discount: 0,
    shipping: 290,
    tax: 0,
    total: 3_086,
    shippingAddress: address,
    billingAddress: address,
    payment: { provider: 'stripe', reference: 'pi_1', amount: 3_086 },
    placedAt: at,
    updatedAt: at,
    fingerprint: randomBytes(32).toString('hex'),
    history: [change],
  });
}
