import { applyIfNewer, type Outcome, readOrderEvent, type ReceivedOrderEvent } from '#libs/order-events';
import type { SqlClient, SqlStore } from './sql-store.ts';

/** Takes one message. Delete it when this has resolved; leave it when this rejects. */
export async function takeMessage(body: string, store: SqlStore): Promise<Outcome> {
  const received = readOrderEvent(body);
  return applyIfNewer(received, store, (client) => reserveGoods(client, received));
}

/** Rebuilds the reservations from the whole order: what has not left yet, until it is cancelled. */
async function reserveGoods(client: SqlClient, { orderId, order }: ReceivedOrderEvent): Promise<void> {
  await client.query('DELETE FROM reserved_goods WHERE order_id = $1', [orderId]);
  if (!['CONFIRMED', 'IN_FULFILLMENT', 'PARTIALLY_SHIPPED'].includes(order.status)) return;
  const shipped = order.shipments.flatMap(({ items }) => items);
  for (const { lineNumber, sku, quantity } of order.lineItems) {
    const left = shipped.reduce((rest, item) => rest - (item.lineNumber === lineNumber ? item.quantity : 0), quantity);
    if (left > 0) await client.query('INSERT INTO reserved_goods VALUES ($1, $2, $3)', [orderId, sku, left]);
  }
}
