// Places orders, watches them, and tries to cancel each when its goods have left. See README.md.
import { randomUUID } from 'node:crypto';
import { type OrderRequest, OrdersClient, ProblemError } from '#libs/orders-client';
import { clientCredentials } from '../consumer/client-credentials.ts';
import { logOf, required } from '../consumer/queue-consumer.ts';

const ADDRESS = { name: 'Ada Byron', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' };

const log = logOf('customer');

function newOrder(): OrderRequest {
  return {
    channel: 'RETAIL',
    currency: 'EUR',
    lineItems: [
      { sku: 'CLN-GLASS-750', name: 'Glass cleaner 750 ml', quantity: 2, unitPrice: 1299 },
      { sku: 'CLN-BRUSH', name: 'Brush', quantity: 1, unitPrice: 450 },
    ],
    discount: 0,
    shipping: 490,
    tax: 0,
    total: 3538,
    shippingAddress: ADDRESS,
    billingAddress: ADDRESS,
    payment: { provider: 'example', reference: randomUUID(), amount: 3538 },
  };
}

/** One order, from its placement to its delivery. */
async function order(client: OrdersClient): Promise<void> {
  const { orderId } = await client.placeAndWait(randomUUID(), newOrder());
  log('order_placed', { orderId });
  let hasCancelled = false;
  for await (const { order: current } of client.watchOrder(orderId)) {
    const isDelivered = current.status === 'DELIVERED';
    if (!hasCancelled && (current.status === 'SHIPPED' || isDelivered)) {
      hasCancelled = true;
      await cancelTooLate(client, orderId);
    }
    if (isDelivered) break;
  }
  log('order_delivered', { orderId });
}

async function cancelTooLate(client: OrdersClient, orderId: string): Promise<void> {
  try {
    await client.change('cancelOrder', randomUUID(), { orderId, body: { reason: 'ordered twice' } });
    log('order_cancelled', { orderId });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    log('cancellation_refused', { orderId, reason: error.problem.detail });
  }
}

try {
  const client = new OrdersClient({ url: required('API_URL'), token: clientCredentials('retail', 'cust-1') });
  const orders = Number(process.env['ORDERS'] || 3);
  await Promise.all(Array.from({ length: orders }, () => order(client)));
} catch (error) {
  log('stopped', { reason: (error as Error).message });
  process.exitCode = 1;
}
