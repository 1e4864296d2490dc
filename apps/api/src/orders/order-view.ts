import { type Caller, type HistoryEntry, may, type Order, publicOrder, type StoredOrder } from '#libs/orders';
import type { PendingOrder } from './order-reading.ts';

interface Links {
  links: { self: string };
}

export function orderPath(orderId: string): string {
  return `/v1/orders/${orderId}`;
}

/** An order as the api answers it, with a link to it. */
export function orderView(order: StoredOrder | PendingOrder): (Order | PendingOrder) & Links {
  const shown = 'version' in order ? publicOrder(order) : order;
  const links = { self: orderPath(order.orderId) };
  // First what a reader looks for: the table gives fields in any order.
  return Object.assign({ orderId: order.orderId, status: order.status }, shown, { links });
}

/** A change of an order, as shown to those who may see it. */
export interface HistoryView extends Pick<HistoryEntry, 'version' | 'event' | 'at' | 'by' | 'commandId' | 'reason'> {}

/** What customers read instead of the subject of someone who works for the shop. */
const STAFF = 'staff';

/** What happened to the order so far, oldest first; nothing yet for one that was not decided. */
export function historyView(order: StoredOrder | PendingOrder, caller: Caller): HistoryView[] {
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
