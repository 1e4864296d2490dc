import { isDeepStrictEqual } from 'node:util';
import { returnStatusOf } from './line-quantities.ts';
import { statusAfter } from './order-lifecycle.ts';
import {
  APPROVAL_QUEUE,
  type HistoryEntry,
  type OrderEventName,
  type OrderStatus,
  type ReturnRequest,
  type ReturnRequestStatus,
  type Shipment,
  type StoredOrder,
} from './order.ts';

/** An order after one of its changes, and the status that it had before. */
export interface OrderVersion {
  order: StoredOrder;
  previous: Pick<StoredOrder, 'status'> | undefined;
}

export interface OrderVersions {
  /** Oldest first; the last is the order itself. None when its history does not lead to it: no event tells it then. */
  versions: OrderVersion[];
  /** False: what came before the newest version can not be told for certain, and is left out. */
  complete: boolean;
}

/**
 * The versions that an order has had, made anew of what it is and of its history: most of an order never changes, its lists
 * only get longer, and each history entry tells what it did. The walk must end at the order itself, field by field; if
 * it does not, or the history does not say which of several parts a change was about, there is only the newest version.
 */
export function orderVersions(order: StoredOrder): OrderVersions {
  const statuses = statusesOf(order);
  if (!statuses) return { versions: [], complete: false };
  const version = (one: StoredOrder, position: number): OrderVersion => {
    const status = statuses[position - 1];
    return { order: one, previous: status && { status } };
  };
  const past = walk(order, statuses);
  if (past) return { versions: past.map(version), complete: true };
  return { versions: [version(order, statuses.length - 1)], complete: false };
}

/** The status after each change; undefined unless they are a way through the order's life that ends where it is. */
function statusesOf({ history, status }: StoredOrder): OrderStatus[] | undefined {
  if (!history?.length) return undefined;
  const statuses: OrderStatus[] = [];
  try {
    for (const { event } of history) statuses.push(statusAfter(event, statuses.at(-1) ?? null));
  } catch {
    return undefined;
  }
  return statuses.at(-1) === status ? statuses : undefined;
}

type Parts = Pick<StoredOrder, 'shipments' | 'returns' | 'creditNotes' | 'invoice'>;

function walk(order: StoredOrder, statuses: readonly OrderStatus[]): StoredOrder[] | undefined {
  const { invoice: _invoice, approvalQueue: _queue, ...lasting } = order;
  const past: StoredOrder[] = [];
  let parts: Parts | undefined = { shipments: [], returns: [], creditNotes: [] };
  for (const [position, entry] of order.history.entries()) {
    parts = partsAfter(entry, parts, order);
    if (!parts) return undefined;
    const status = statuses[position] as OrderStatus;
    past.push({
      ...lasting,
      ...parts,
      status,
      version: entry.version,
      returnStatus: returnStatusOf({ ...lasting, ...parts }),
      updatedAt: entry.at,
      history: order.history.slice(0, position + 1),
      ...(status === 'AWAITING_APPROVAL' && { approvalQueue: APPROVAL_QUEUE }),
    });
  }
  return isDeepStrictEqual(past.at(-1), order) ? past : undefined;
}

/** Undefined when it can not be told which part the change was about. */
function partsAfter(entry: HistoryEntry, before: Parts, order: StoredOrder): Parts | undefined {
  const { shipments, returns, creditNotes } = before;
  switch (entry.event) {
    case 'confirmed':
      return { ...before, ...(order.invoice && { invoice: order.invoice }) };
    case 'cancelled':
      return { ...before, creditNotes: order.creditNotes };
    case 'partially_shipped':
    case 'shipped': {
      const { deliveredAt: _later, ...shipment } = order.shipments[shipments.length] ?? ({} as Shipment);
      return { ...before, shipments: [...shipments, shipment] };
    }
    case 'shipment_delivered':
    case 'delivered':
      return afterDelivery(entry, before, order);
    case 'return_requested': {
      const asked = { ...(order.returns[returns.length] as ReturnRequest), status: 'REQUESTED' as const };
      return { ...before, returns: [...returns, asked] };
    }
    case 'return_closed': {
      const note = order.creditNotes.slice(creditNotes.length, creditNotes.length + 1);
      const closed = afterReturnStep(entry, before, order);
      return closed && { ...closed, creditNotes: [...creditNotes, ...note] };
    }
    case 'return_approved':
    case 'return_declined':
    case 'return_received':
      return afterReturnStep(entry, before, order);
    default:
      return before;
  }
}

function afterDelivery({ target, at }: HistoryEntry, before: Parts, order: StoredOrder): Parts | undefined {
  const { shipments } = before;
  const candidates = shipments.filter(({ shipmentId, deliveredAt }) => {
    if (target !== undefined) return shipmentId === target;
    // As orders were written before their history told the target.
    const now = order.shipments.find((one) => one.shipmentId === shipmentId);
    return deliveredAt === undefined && now?.deliveredAt === at;
  });
  const [delivered] = candidates;
  if (!delivered || candidates.length > 1) return undefined;
  return { ...before, shipments: shipments.map((one) => (one === delivered ? { ...one, deliveredAt: at } : one)) };
}

interface ReturnStep {
  from: ReturnRequestStatus;
  to: ReturnRequestStatus;
  /** What a return that took this step can be now. */
  now: readonly ReturnRequestStatus[];
}

const RETURN_STEPS: Partial<Record<OrderEventName, ReturnStep>> = {
  return_approved: { from: 'REQUESTED', to: 'APPROVED', now: ['APPROVED', 'RECEIVED', 'CLOSED'] },
  return_declined: { from: 'REQUESTED', to: 'DECLINED', now: ['DECLINED'] },
  return_received: { from: 'APPROVED', to: 'RECEIVED', now: ['RECEIVED', 'CLOSED'] },
  return_closed: { from: 'RECEIVED', to: 'CLOSED', now: ['CLOSED'] },
};

function afterReturnStep({ event, target }: HistoryEntry, before: Parts, order: StoredOrder): Parts | undefined {
  const { returns, creditNotes } = before;
  const { from, to, now } = RETURN_STEPS[event] as ReturnStep;
  // A credit note has told its return from the first.
  const about = target ?? (event === 'return_closed' ? order.creditNotes[creditNotes.length]?.returnId : undefined);
  const candidates = returns.filter(({ returnId, status }) => {
    if (about !== undefined) return returnId === about;
    const latest = order.returns.find((one) => one.returnId === returnId);
    return status === from && latest !== undefined && now.includes(latest.status);
  });
  const [changed] = candidates;
  if (!changed || candidates.length > 1) return undefined;
  return { ...before, returns: returns.map((one) => (one === changed ? { ...one, status: to } : one)) };
}
