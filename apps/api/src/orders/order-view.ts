import { type Order, publicOrder, type StoredOrder } from '#libs/orders';
import type { PendingOrder } from './order-reading.ts';

interface Links {
  links: { self: string };
}

export function orderPath(orderId: string): string {
  return `/v1/orders/${orderId}`;
}

/** An order as the api answers it, with the way to it. */
export function orderView(order: StoredOrder | PendingOrder): (Order | PendingOrder) & Links {
  const shown = 'version' in order ? publicOrder(order) : order;
  const links = { self: orderPath(order.orderId) };
  // First what a reader looks for: the table gives fields in any order.
  return Object.assign({ orderId: order.orderId, status: order.status }, shown, { links });
}
