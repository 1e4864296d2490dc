import type { ChangeOrderCommand } from '#libs/order-requests';
import { cancellationCreditNoteOf, creditNoteOf } from './credit-note.ts';
import {
  coversAllLines,
  returningQuantities,
  returnStatusOf,
  shippedQuantities,
  unshippedItems,
} from './line-quantities.ts';
import type { CommandName, OrderEventName } from './order-lifecycle.ts';
import type { LineQuantity, ReturnRequest, ReturnRequestStatus, Shipment, StoredOrder } from './order.ts';

/** The event of a command, and the fields that it changes besides status and history. */
export interface Change {
  event: OrderEventName;
  fields?: Partial<StoredOrder>;
  reason?: string | undefined;
}

export type RefusalCode =
  /** The caller's roles do not allow it, or the caller would decide on an order of their own. */
  | 'FORBIDDEN'
  /** The order is not at the version that the caller has seen. */
  | 'STALE_VERSION'
  /** The order's status, or its shipments and returns so far, do not allow it. */
  | 'NOT_POSSIBLE'
  /** There is no such shipment or return. */
  | 'NOT_FOUND'
  /** The same Idempotency-Key came with other content before. */
  | 'IDEMPOTENCY_CONFLICT';

/** Why a command cannot be carried out. */
export interface Obstacle {
  code: RefusalCode;
  detail: string;
}

/** What a command does to an order whose status allows it. */
interface Effect<Name extends CommandName> {
  /** Whether the order has a shipment, a return or goods left for the command. Absent for commands about the whole order. */
  hasOpenPart?: (order: StoredOrder) => boolean;
  /** Why the command is not possible with the shipment, return or quantities that it names. */
  obstacle?: (order: StoredOrder, command: ChangeOrderCommand<Name>) => Obstacle | undefined;
  /** Only called where there is no obstacle. `now` is ISO 8601, UTC. */
  change: (order: StoredOrder, command: ChangeOrderCommand<Name>, now: string) => Change;
}

const EFFECTS: { [Name in CommandName]: Effect<Name> } = {
  approveOrder: { change: () => ({ event: 'confirmed' }) },
  rejectOrder: { change: (_, { request: { reason } }) => ({ event: 'rejected', reason }) },
  cancelOrder: { change: cancelOrder },
  startFulfillment: { change: () => ({ event: 'fulfillment_started' }) },
  createShipment: {
    obstacle: (order, { request }) => excessOf(request.items, unshipped(order), 'be shipped'),
    change: createShipment,
  },
  deliverShipment: {
    hasOpenPart: ({ shipments }) => shipments.some(({ deliveredAt }) => deliveredAt === undefined),
    obstacle: whyNotDeliverable,
    change: deliverShipment,
  },
  requestReturn: {
    hasOpenPart: (order) => [...returnable(order).values()].some((quantity) => quantity > 0),
    obstacle: (order, { request }) => excessOf(request.items, returnable(order), 'be returned'),
    change: requestReturn,
  },
  approveReturn: stepOfReturn('REQUESTED', 'APPROVED', 'return_approved'),
  declineReturn: stepOfReturn('REQUESTED', 'DECLINED', 'return_declined'),
  receiveReturn: stepOfReturn('APPROVED', 'RECEIVED', 'return_received'),
  closeReturn: stepOfReturn('RECEIVED', 'CLOSED', 'return_closed'),
};

/** The effect of a command whose name, not its type, is known. */
export function effectOf(name: CommandName): Effect<CommandName> {
  return EFFECTS[name] as Effect<CommandName>;
}

function cancelOrder(
  order: StoredOrder,
  { request: { reason } }: ChangeOrderCommand<'cancelOrder'>,
  now: string,
): Change {
  if (order.status === 'PARTIALLY_SHIPPED') return cancelRest(order, reason, now);
  const creditNotes = order.invoice ? [cancellationCreditNoteOf(order, now)] : order.creditNotes;
  return { event: 'cancelled', fields: { creditNotes }, reason };
}

/** What was shipped stays sold: the order goes on with it. */
function cancelRest(order: StoredOrder, reason: string | undefined, now: string): Change {
  const cancelledItems = unshippedItems(order);
  const creditNotes = [...order.creditNotes, creditNoteOf(order, { items: cancelledItems }, now)];
  const returnStatus = returnStatusOf({ ...order, cancelledItems });
  return { event: 'rest_cancelled', fields: { cancelledItems, creditNotes, returnStatus }, reason };
}

function createShipment(
  order: StoredOrder,
  { request: { carrier, trackingNumber, items } }: ChangeOrderCommand<'createShipment'>,
  now: string,
): Change {
  const shipmentId = String(order.shipments.length + 1);
  const shipment: Shipment = { shipmentId, carrier, trackingNumber, items: items.map(plain), shippedAt: now };
  const shipments = [...order.shipments, shipment];
  const all = coversAllLines(order, shippedQuantities({ shipments }));
  return { event: all ? 'shipped' : 'partially_shipped', fields: { shipments } };
}

function whyNotDeliverable(order: StoredOrder, { shipmentId }: ChangeOrderCommand): Obstacle | undefined {
  const shipment = order.shipments.find((one) => one.shipmentId === shipmentId);
  if (!shipment) return notFound(`the order has no shipment ${shipmentId}`);
  if (!shipment.deliveredAt) return undefined;
  return notPossible(`shipment ${shipmentId} was delivered at ${shipment.deliveredAt}`);
}

function deliverShipment(order: StoredOrder, { shipmentId }: ChangeOrderCommand, now: string): Change {
  const shipments = order.shipments.map((one) => (one.shipmentId === shipmentId ? { ...one, deliveredAt: now } : one));
  const all = order.status === 'SHIPPED' && shipments.every(({ deliveredAt }) => deliveredAt !== undefined);
  return { event: all ? 'delivered' : 'shipment_delivered', fields: { shipments } };
}

function requestReturn(
  order: StoredOrder,
  { request: { items, reason } }: ChangeOrderCommand<'requestReturn'>,
  now: string,
): Change {
  const returnId = String(order.returns.length + 1);
  const added: ReturnRequest = { returnId, status: 'REQUESTED', items: items.map(plain), reason, requestedAt: now };
  return { event: 'return_requested', fields: { returns: [...order.returns, added] }, reason };
}

type StepOfReturn = Effect<'approveReturn' | 'declineReturn' | 'receiveReturn' | 'closeReturn'>;

/** A command that moves one return from a status to the next. Closing a return adds its credit note. */
function stepOfReturn(from: ReturnRequestStatus, to: ReturnRequestStatus, event: OrderEventName): StepOfReturn {
  return {
    hasOpenPart: ({ returns }) => returns.some(({ status }) => status === from),
    obstacle: ({ returns }, { returnId }) => {
      const found = returns.find((one) => one.returnId === returnId);
      if (!found) return notFound(`the order has no return ${returnId}`);
      if (found.status === from) return undefined;
      return notPossible(`return ${returnId} must be ${from}, it is ${found.status}`);
    },
    change: (order, { returnId, request }, now) => {
      const { reason }: { reason?: string } = request;
      const returns = order.returns.map((one) => (one.returnId === returnId ? { ...one, status: to } : one));
      const credited = to === 'CLOSED' ? returns.filter((one) => one.returnId === returnId) : [];
      const creditNotes = [...order.creditNotes, ...credited.map((one) => creditNoteOf(order, one, now))];
      return { event, fields: { returns, returnStatus: returnStatusOf({ ...order, returns }), creditNotes }, reason };
    },
  };
}

/** The ordered quantities that were not shipped yet, by line number. */
function unshipped(order: StoredOrder): ReadonlyMap<number, number> {
  return new Map(unshippedItems(order).map(({ lineNumber, quantity }) => [lineNumber, quantity]));
}

/** The shipped quantities that no return has claimed, by line number. */
function returnable(order: StoredOrder): ReadonlyMap<number, number> {
  const returning = returningQuantities(order);
  const shipped = [...shippedQuantities(order)];
  return new Map(shipped.map(([line, quantity]) => [line, quantity - (returning.get(line) ?? 0)]));
}

/** Names the first line item whose quantity is exceeded. */
function excessOf(
  items: readonly LineQuantity[],
  open: ReadonlyMap<number, number>,
  todo: string,
): Obstacle | undefined {
  const excess = items.find(({ lineNumber, quantity }) => quantity > (open.get(lineNumber) ?? 0));
  if (!excess) return undefined;
  const { lineNumber, quantity } = excess;
  return notPossible(`line ${lineNumber}: at most ${open.get(lineNumber) ?? 0} can ${todo}, got ${quantity}`);
}

/** A plain object: the request has an instance of its class. */
function plain({ lineNumber, quantity }: LineQuantity): LineQuantity {
  return { lineNumber, quantity };
}

function notPossible(detail: string): Obstacle {
  return { code: 'NOT_POSSIBLE', detail };
}

function notFound(detail: string): Obstacle {
  return { code: 'NOT_FOUND', detail };
}
