import type { ChangeOrderCommand } from '#libs/order-requests';
import { cancellationCreditNoteOf, creditNoteOf } from './credit-note.ts';
import type { RefusalCode } from './decide-change.ts';
import { isEverything, returningQuantities, returnStatusOf, shippedQuantities } from './line-quantities.ts';
import type { CommandName } from './order-lifecycle.ts';
import type { LineQuantity, OrderEventName, ReturnRequest, ReturnRequestStatus, StoredOrder } from './order.ts';

/** What a command that is possible does: its event, and the fields that it changes besides status and history. */
export interface Change {
  event: OrderEventName;
  fields: Partial<StoredOrder>;
  reason?: string | undefined;
}

/** The order's status would allow it, what it is about does not. */
interface NoChange {
  refused: RefusalCode;
  detail: string;
}

type ChangeOf<Name extends CommandName> = (
  order: StoredOrder,
  command: ChangeOrderCommand<Name>,
  now: string,
) => Change | NoChange;

/** What the command does to an order at whose status it is possible. */
export function changeBy(order: StoredOrder, command: ChangeOrderCommand, now: string): Change | NoChange {
  const change = CHANGES[command.name] as ChangeOf<CommandName>;
  return change(order, command, now);
}

const CHANGES: { [Name in CommandName]: ChangeOf<Name> } = {
  approveOrder: () => ({ event: 'confirmed', fields: {} }),
  rejectOrder: (_, { request }) => ({ event: 'rejected', fields: {}, reason: request.reason }),
  cancelOrder,
  startFulfillment: () => ({ event: 'fulfillment_started', fields: {} }),
  createShipment,
  deliverShipment,
  requestReturn,
  approveReturn: (order, command) => stepOfReturn(order, command, ['REQUESTED', 'APPROVED', 'return_approved']),
  declineReturn: (order, command) =>
    withReason(stepOfReturn(order, command, ['REQUESTED', 'DECLINED', 'return_declined']), command.request.reason),
  receiveReturn: (order, command) => stepOfReturn(order, command, ['APPROVED', 'RECEIVED', 'return_received']),
  closeReturn,
};

function cancelOrder(
  order: StoredOrder,
  { request: { reason } }: ChangeOrderCommand<'cancelOrder'>,
  now: string,
): Change {
  const creditNotes = order.invoice ? [cancellationCreditNoteOf(order, now)] : order.creditNotes;
  return { event: 'cancelled', fields: { creditNotes }, reason };
}

function createShipment(
  order: StoredOrder,
  { request: { carrier, trackingNumber, items } }: ChangeOrderCommand<'createShipment'>,
  now: string,
): Change | NoChange {
  const shipped = shippedQuantities(order);
  const open = ({ lineNumber, quantity }: LineQuantity) => quantity - (shipped.get(lineNumber) ?? 0);
  const excess = excessOf(items, new Map(order.lineItems.map((line) => [line.lineNumber, open(line)])), 'be shipped');
  if (excess) return excess;
  const shipmentId = String(order.shipments.length + 1);
  const shipments = [
    ...order.shipments,
    { shipmentId, carrier, trackingNumber, items: items.map(plain), shippedAt: now },
  ];
  const all = isEverything(order, shippedQuantities({ shipments }));
  return { event: all ? 'shipped' : 'partially_shipped', fields: { shipments } };
}

function deliverShipment(order: StoredOrder, { target }: ChangeOrderCommand, now: string): Change | NoChange {
  const shipment = order.shipments.find(({ shipmentId }) => shipmentId === target);
  if (!shipment) return notFound(`the order has no shipment ${target}`);
  if (shipment.deliveredAt) return notPossible(`shipment ${target} was delivered at ${shipment.deliveredAt}`);
  const shipments = order.shipments.map((one) => (one === shipment ? { ...one, deliveredAt: now } : one));
  const all = order.status === 'SHIPPED' && shipments.every(({ deliveredAt }) => deliveredAt !== undefined);
  return { event: all ? 'delivered' : 'shipment_delivered', fields: { shipments } };
}

function requestReturn(
  order: StoredOrder,
  { request: { items, reason } }: ChangeOrderCommand<'requestReturn'>,
  now: string,
): Change | NoChange {
  const returning = returningQuantities(order);
  const shipped = [...shippedQuantities(order)];
  const open = new Map(shipped.map(([line, quantity]) => [line, quantity - (returning.get(line) ?? 0)]));
  const excess = excessOf(items, open, 'be returned');
  if (excess) return excess;
  const returnId = String(order.returns.length + 1);
  const added = { returnId, status: 'REQUESTED' as const, items: items.map(plain), reason, requestedAt: now };
  return { event: 'return_requested', fields: { returns: [...order.returns, added] }, reason };
}

function closeReturn(order: StoredOrder, command: ChangeOrderCommand, now: string): Change | NoChange {
  const step = stepOfReturn(order, command, ['RECEIVED', 'CLOSED', 'return_closed']);
  if ('refused' in step) return step;
  const closed = order.returns.find(({ returnId }) => returnId === command.target) as ReturnRequest;
  const creditNotes = [...order.creditNotes, creditNoteOf(order, closed, now)];
  return { ...step, fields: { ...step.fields, creditNotes } };
}

function stepOfReturn(
  order: StoredOrder,
  { target }: ChangeOrderCommand,
  [from, to, event]: [ReturnRequestStatus, ReturnRequestStatus, OrderEventName],
): Change | NoChange {
  const found = order.returns.find(({ returnId }) => returnId === target);
  if (!found) return notFound(`the order has no return ${target}`);
  if (found.status !== from) return notPossible(`return ${target} must be ${from} for that, it is ${found.status}`);
  const returns = order.returns.map((one) => (one === found ? { ...one, status: to } : one));
  return { event, fields: { returns, returnStatus: returnStatusOf({ ...order, returns }) } };
}

function withReason(change: Change | NoChange, reason: string | undefined): Change | NoChange {
  return 'refused' in change ? change : { ...change, reason };
}

/** Commands that are about a part of the order: whether there is one left for them. */
const OPEN_PARTS: Partial<Record<CommandName, (order: StoredOrder) => boolean>> = {
  deliverShipment: ({ shipments }) => shipments.some(({ deliveredAt }) => deliveredAt === undefined),
  requestReturn: (order) => {
    const returning = returningQuantities(order);
    return [...shippedQuantities(order)].some(([line, quantity]) => quantity > (returning.get(line) ?? 0));
  },
  approveReturn: (order) => hasReturn(order, 'REQUESTED'),
  declineReturn: (order) => hasReturn(order, 'REQUESTED'),
  receiveReturn: (order) => hasReturn(order, 'APPROVED'),
  closeReturn: (order) => hasReturn(order, 'RECEIVED'),
};

/** Whether the order has something that the command could be about. */
export function hasOpenPart(order: StoredOrder, name: CommandName): boolean {
  return OPEN_PARTS[name]?.(order) ?? true;
}

function hasReturn({ returns }: StoredOrder, status: ReturnRequestStatus): boolean {
  return returns.some((one) => one.status === status);
}

/** Names the first line of which there is not enough. */
function excessOf(
  items: readonly LineQuantity[],
  open: ReadonlyMap<number, number>,
  todo: string,
): NoChange | undefined {
  const excess = items.find(({ lineNumber, quantity }) => quantity > (open.get(lineNumber) ?? 0));
  if (!excess) return undefined;
  const { lineNumber, quantity } = excess;
  return notPossible(`of line ${lineNumber} only ${open.get(lineNumber) ?? 0} can ${todo}, not ${quantity}`);
}

/** Without the class that checked it. */
function plain({ lineNumber, quantity }: LineQuantity): LineQuantity {
  return { lineNumber, quantity };
}

function notPossible(detail: string): NoChange {
  return { refused: 'NOT_POSSIBLE', detail };
}

function notFound(detail: string): NoChange {
  return { refused: 'NOT_FOUND', detail };
}
