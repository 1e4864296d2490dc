import { type Caller, may, publicOrder, type StoredOrder } from '#libs/orders';
import type { RequestedOrder } from './order-placement.ts';
import type { PendingOrder } from './order-reading.ts';

export function orderPath(orderId: string): string {
  return `/v1/orders/${orderId}`;
}

/** Where the caller who placed an order reads it. While it is PENDING, a checkout must name the customer. */
export function placedOrderPath({ orderId, customerId, placedBy }: RequestedOrder): string {
  return placedBy === undefined
    ? orderPath(orderId)
    : `${orderPath(orderId)}?customerId=${encodeURIComponent(customerId)}`;
}

/** An order in an answer, with a link to it. */
export function orderView(order: StoredOrder | PendingOrder) {
  const shown = 'version' in order ? publicOrder(order) : order;
  const links = { self: orderPath(order.orderId) };
  // The table returns fields in any order: put first what a reader looks for.
  return Object.assign({ orderId: order.orderId, status: order.status }, shown, { links });
}

/** Customers read this instead of the subject of a person who works for the shop. */
const STAFF = 'staff';

/** The changes of an order, oldest first; empty while the order is PENDING. */
export function historyView(order: StoredOrder | PendingOrder, caller: Caller) {
  if (!('history' in order)) return [];
  const maySeeStaff = may(caller, 'readOrder', false);
  return order.history.map(({ version, event, at, by, commandId, reason }) => ({
    version,
    event,
    at,
    by: maySeeStaff || by === order.customerId ? by : STAFF,
    commandId,
    ...(reason !== undefined && { reason }),
  }));
}
