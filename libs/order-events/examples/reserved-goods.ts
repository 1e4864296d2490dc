import { applyIfNewer, type Outcome, readOrderEvent, type ReceivedOrderEvent } from '#libs/order-events';
import type { SqlClient, SqlStore } from './sql-store.ts';

/** Takes one message. Delete it when this has resolved; leave it when this rejects. */
export async function takeMessage(body: string, store: SqlStore): Promise<Outcome> {
  const received = readOrderEvent(body);
  return applyIfNewer(received, store, (client) => reserveGoods(client, received));
}

/** Rebuilds the reservations from the whole order. */
async function reserveGoods(client: SqlClient, { orderId, order }: ReceivedOrderEvent): Promise<void> {
  await client.query('DELETE FROM reserved_goods WHERE order_id = $1', [orderId]);
  if (order.status !== 'CONFIRMED' && order.status !== 'IN_FULFILLMENT') return;
  for (const { sku, quantity } of order.lineItems) {
    await client.query('INSERT INTO reserved_goods VALUES ($1, $2, $3)', [orderId, sku, quantity]);
  }
}
