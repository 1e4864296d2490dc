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
  return { ...shown, links: { self: orderPath(order.orderId) } };
}
