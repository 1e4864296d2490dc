import { isDeepStrictEqual } from 'node:util';
import { returnStatusOf } from './line-quantities.ts';
import { type OrderStatus, statusAfter } from './order-lifecycle.ts';
import { workOf } from './order-lists.ts';
import type { HistoryEntry, ReturnRequest, ReturnRequestStatus, Shipment, StoredOrder } from './order.ts';

/** An order after one of its changes, and the status that it had before. */
export interface OrderVersion {
  order: StoredOrder;
  previous: Pick<StoredOrder, 'status'> | undefined;
}

export interface OrderVersions {
  /** Oldest first; the last is the order itself. Empty when its history does not lead to its status. */
  versions: OrderVersion[];
  /** False when the versions before the newest cannot be rebuilt and are left out. */
  complete: boolean;
}

/**
 * The versions that an order has had, rebuilt from the order and its history: most fields never change, lists only get
 * longer, and each history entry says what it did. The rebuilt last version must equal the order, field by field; if it
 * does not, the result has only the newest version.
 */
export function orderVersions(order: StoredOrder): OrderVersions {
  const statuses = statusesOf(order);
  if (!statuses) return { versions: [], complete: false };
  const version = (one: StoredOrder, position: number): OrderVersion => {
    const status = statuses[position - 1];
    return { order: one, previous: status && { status } };
  };
  const rebuilt = rebuild(order, statuses);
  if (rebuilt) return { versions: rebuilt.map(version), complete: true };
  return { versions: [version(order, statuses.length - 1)], complete: false };
}

/** The status after each change; undefined unless the history is a path of transitions that ends at the order's status. */
function statusesOf({ history, status }: StoredOrder): OrderStatus[] | undefined {
  if (!history?.length) return undefined;
  const statuses: OrderStatus[] = [];
  try {
    for (const [position, { event, status }] of history.entries()) {
      statuses.push(status ?? statusAfter(event, statuses.at(-1) ?? null, history.slice(0, position)));
    }
  } catch {
    return undefined;
  }
  return statuses.at(-1) === status ? statuses : undefined;
}

type Parts = Pick<StoredOrder, 'shipments' | 'returns' | 'creditNotes' | 'invoice' | 'cancelledItems'>;

function rebuild(order: StoredOrder, statuses: readonly OrderStatus[]): StoredOrder[] | undefined {
  const { invoice: _invoice, cancelledItems: _items, work: _work, openReturns: _open, ...lasting } = order;
  const versions: StoredOrder[] = [];
  let parts: Parts = { shipments: [], returns: [], creditNotes: [] };
  for (const [position, entry] of order.history.entries()) {
    parts = partsAfter(entry, parts, order);
    const status = statuses[position] as OrderStatus;
    versions.push({
      ...lasting,
      ...parts,
      status,
      version: entry.version,
      returnStatus: returnStatusOf({ ...lasting, ...parts }),
      updatedAt: entry.at,
      history: order.history.slice(0, position + 1),
      ...workOf({ orderKey: order.orderKey, status, returns: parts.returns }),
    });
  }
  return isDeepStrictEqual(versions.at(-1), order) ? versions : undefined;
}

/** The parts after a change. The order as it is now has what the change added, and the history which part it changed. */
function partsAfter(entry: HistoryEntry, before: Parts, order: StoredOrder): Parts {
  const { shipments, returns, creditNotes } = before;
  const withNextNote = order.creditNotes.slice(0, creditNotes.length + 1);
  switch (entry.event) {
    case 'imported':
      return { ...before, shipments: importedShipmentsOf(order, entry) };
    case 'confirmed':
      return { ...before, ...(order.invoice && { invoice: order.invoice }) };
    case 'cancelled':
      return { ...before, creditNotes: order.creditNotes };
    case 'rest_cancelled': {
      const { cancelledItems } = order;
      return { ...before, ...(cancelledItems && { cancelledItems }), creditNotes: withNextNote };
    }
    case 'partially_shipped':
    case 'shipped': {
      const { deliveredAt: _later, ...shipment } = order.shipments[shipments.length] ?? ({} as Shipment);
      return { ...before, shipments: [...shipments, shipment] };
    }
    case 'shipment_delivered':
    case 'delivered':
      return {
        ...before,
        shipments: shipments.map((one) =>
          one.shipmentId === entry.shipmentId ? { ...one, deliveredAt: entry.at } : one,
        ),
      };
    case 'return_requested': {
      const requested = { ...(order.returns[returns.length] as ReturnRequest), status: 'REQUESTED' as const };
      return { ...before, returns: [...returns, requested] };
    }
    case 'return_approved':
      return withReturnAt('APPROVED', entry, before);
    case 'return_declined':
      return withReturnAt('DECLINED', entry, before);
    case 'return_received':
      return withReturnAt('RECEIVED', entry, before);
    case 'return_closed':
      return { ...withReturnAt('CLOSED', entry, before), creditNotes: withNextNote };
    default:
      return before;
  }
}

/** The shipment with which an order was imported, if its status needs one. */
function importedShipmentsOf({ shipments }: StoredOrder, { status }: HistoryEntry): Shipment[] {
  const { deliveredAt, ...shipment } = shipments[0] ?? ({} as Shipment);
  if (status === 'DELIVERED') return [{ ...shipment, ...(deliveredAt && { deliveredAt }) }];
  return status === 'SHIPPED' || status === 'PARTIALLY_SHIPPED' ? [shipment] : [];
}

/** The parts with the named return at this status. */
function withReturnAt(status: ReturnRequestStatus, { returnId }: HistoryEntry, before: Parts): Parts {
  const returns = before.returns.map((one) => (one.returnId === returnId ? { ...one, status } : one));
  return { ...before, returns };
}
