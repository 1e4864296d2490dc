import { createHash, randomBytes } from 'node:crypto';
import { EXAMPLE_ORDER, OrderIds } from '#libs/orders';

// Node runs this file as it is, so the command's class with its decorators is out of reach.
const PLACE_ORDER = 'order.place.v1';
const CUSTOMER = 'cust-1';
const orderIds = new OrderIds(['stub-of-aws-order-id-key-not-a-secret']);

/** A message as ReceiveMessage answers it, which asks for an order of its own. */
export function anOrderMessage(): object {
  const orderId = orderIds.issue(CUSTOMER, randomBytes(8).toString('hex'));
  const Body = JSON.stringify({
    type: PLACE_ORDER,
    commandId: orderId,
    orderId,
    customerId: CUSTOMER,
    receivedAt: new Date().toISOString(),
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    request: EXAMPLE_ORDER,
  });
  return {
    MessageId: orderId,
    ReceiptHandle: orderId,
    Body,
    MD5OfBody: md5(Body),
    Attributes: { ApproximateReceiveCount: '1' },
  };
}

/** The SDK compares it with what it sent and received. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
