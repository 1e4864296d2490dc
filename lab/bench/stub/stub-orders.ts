import { createHash, randomBytes } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import { aFreshOrder, OrderIds, PLACE_ORDER, placeOrder } from '#libs/orders';

const CUSTOMER = 'cust-1';
const orderIds = new OrderIds(['stub-of-aws-order-id-key-not-a-secret']);
const rules = {
  wholesaleApprovalLimit: { EUR: 1_000_000 },
  seller: { name: 'Cleaning Supplies GmbH', address: ['1 Soap Rd', '10115 Berlin', 'DE'], vatId: 'DE123456789' },
};
/** The number of orders that the records in the stream change in turn. */
const CHANGED_ORDERS = 2_000;
const images: ReturnType<typeof anImage>[] = [];

/** A message of ReceiveMessage that places a new order. */
export function anOrderMessage(): object {
  const command = aCommand();
  const Body = JSON.stringify(command);
  return {
    MessageId: command.orderId,
    ReceiptHandle: command.orderId,
    Body,
    MD5OfBody: md5(Body),
    Attributes: { ApproximateReceiveCount: '1' },
  };
}

/** The n-th change in the stream: a new image, and an old one after the first change of an order. */
export function aStreamRecord(n: number): { record: object; size: number } {
  const image = (images[n % CHANGED_ORDERS] ??= anImage());
  const version = Math.floor(n / CHANGED_ORDERS) + 1;
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

/** The checksum that the SDK compares with the sent and received bodies. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function aCommand(): Parameters<typeof placeOrder>[0] {
  const orderId = orderIds.issue(CUSTOMER, randomBytes(8).toString('hex'));
  return {
    type: PLACE_ORDER,
    commandId: orderId,
    orderId,
    customerId: CUSTOMER,
    receivedAt: new Date().toISOString(),
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    request: aFreshOrder(),
  };
}

function anImage() {
  const command = aCommand();
  return marshall(placeOrder(command, rules, command.receivedAt), { removeUndefinedValues: true });
}
