import { type Caller, type HistoryEntry, may, type StoredOrder } from '#libs/orders';
import type { PendingOrder } from './order-reading.ts';

/** A change of an order, as told to those who may see it. */
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
