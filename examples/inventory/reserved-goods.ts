import { applyIfNewer, type Outcome, readOrderEvent, type ReceivedOrderEvent } from '#libs/order-events';
import type { SqlClient, SqlStore } from '../consumer/sql-store.ts';

const OPEN = ['CONFIRMED', 'IN_FULFILLMENT', 'PARTIALLY_SHIPPED'];
const WRITE_GOODS = `
  INSERT INTO ordered_goods (order_id, sku, needed, gone) VALUES ($1, $2, $3, $4)
  ON CONFLICT (order_id, sku) DO UPDATE SET needed = excluded.needed, gone = excluded.gone`;

/** Takes one message. Delete it when this has resolved; leave it when this rejects. */
export async function takeMessage(body: string, store: SqlStore): Promise<Outcome> {
  const received = readOrderEvent(body);
  return applyIfNewer(received, store, (client) => writeGoods(client, received));
}

/** Writes, from the whole order, what it still needs (until it is cancelled), and what has left with it and not come back. */
async function writeGoods(client: SqlClient, { orderId, order }: ReceivedOrderEvent): Promise<void> {
  const shipped = order.shipments.flatMap(({ items }) => items);
  const cameBack = order.returns.filter(({ status }) => status === 'RECEIVED' || status === 'CLOSED');
  const returned = cameBack.flatMap(({ items }) => items);
  for (const sku of new Set(order.lineItems.map((line) => line.sku))) {
    const lines = order.lineItems.filter((line) => line.sku === sku).map(({ lineNumber }) => lineNumber);
    const quantityIn = (items: readonly { lineNumber: number; quantity: number }[]) =>
      items.reduce((sum, item) => sum + (lines.includes(item.lineNumber) ? item.quantity : 0), 0);
    const left = quantityIn(order.lineItems) - quantityIn(shipped);
    const needed = OPEN.includes(order.status) ? left : 0;
    await client.query(WRITE_GOODS, [orderId, sku, needed, quantityIn(shipped) - quantityIn(returned)]);
  }
}
