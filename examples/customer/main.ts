// Places orders, watches them, and tries to cancel each when its goods have left. See README.md.
import { randomUUID } from 'node:crypto';
import { type OrderRequest, OrdersClient, ProblemError } from '#libs/orders-client';
import { clientCredentials } from '../consumer/client-credentials.ts';
import { logOf, required } from '../consumer/queue-consumer.ts';

const ADDRESS = { name: 'Ada Byron', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' };

const log = logOf('customer');

function orderOf(cartId: string): OrderRequest {
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
    payment: { provider: 'example', reference: cartId, amount: 3538 },
  };
}

/** One order, from its placement to its delivery. */
async function buy(client: OrdersClient, cartId: string): Promise<void> {
  const { orderId } = await client.placeAndWait(`cart-${cartId}`, orderOf(cartId));
  log('order_placed', { orderId });
  await reaches(client, orderId, 'SHIPPED', 'DELIVERED');
  await cancelTooLate(client, orderId);
  await reaches(client, orderId, 'DELIVERED');
  log('order_delivered', { orderId });
}

async function reaches(client: OrdersClient, orderId: string, ...statuses: string[]): Promise<void> {
  for await (const { order } of client.watchOrder(orderId)) {
    if (statuses.includes(order.status)) return;
  }
}

async function cancelTooLate(client: OrdersClient, orderId: string): Promise<void> {
  try {
    await client.change('cancelOrder', `cancel-${orderId}`, { orderId, body: { reason: 'ordered twice' } });
    log('order_cancelled', { orderId });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    log('cancellation_refused', { orderId, reason: error.problem.detail });
  }
}

try {
  const client = new OrdersClient({ url: required('API_URL'), token: clientCredentials('retail', 'cust-1') });
  const orders = Number(process.env['ORDERS'] || 3);
  await Promise.all(Array.from({ length: orders }, () => buy(client, randomUUID())));
} catch (error) {
  log('stopped', { reason: (error as Error).message });
  process.exitCode = 1;
}
