import { asciiJson } from './ascii-json.ts';
import type { ChangeOrderCommand } from '#libs/order-requests';
import { fingerprintOf } from './fingerprint.ts';
import { changeBy, hasOpenPart, type Obstacle, obstacleTo } from './order-changes.ts';
import { lastChange } from './order-event.ts';
import { OrderIds } from './order-id.ts';
import { COMMAND_NAMES, type CommandName, isPossible, statusAfter } from './order-lifecycle.ts';
import { type HistoryEntry, publicOrder, type OrderStatus, type StoredOrder } from './order.ts';
import { newInvoice, type ShopRules } from './place-order.ts';
import { type Caller, may } from './roles.ts';

/** Why a command changed nothing, and what could be asked instead. */
export interface Refusal extends Obstacle {
  status: OrderStatus;
  version: number;
  /** What this caller could ask of the order as it is. */
  allowedCommands: CommandName[];
}

export type ChangeDecision =
  | { outcome: 'CHANGED'; order: StoredOrder }
  /** The command was carried out before, and made this version. */
  | { outcome: 'REPEATED'; version: number }
  | { outcome: 'REFUSED'; refusal: Refusal };

/** Of the order as its event tells it, in ASCII JSON: envelope and attributes have the other 7 KB of the 256 KB of SNS. */
const MAX_EVENT_BYTES = 255_000;
/** Of the stored item, which DynamoDB takes up to 400 KB; its own count of maps and numbers is close to that of JSON. */
const MAX_ITEM_BYTES = 380_000;
/** A change of the largest kind: a history entry of 450 bytes, with a reason of 500 letters of 4 bytes. */
const CHANGE_BYTES = 2_500;
/** What is still to come of a shipment: the history entry of its delivery. */
const OPEN_SHIPMENT_BYTES = 600;
/** What is still to come of a return: three history entries and a credit note, or one with a reason. */
const OPEN_RETURN_BYTES = 3_000;
/** For those who read it all. */
const MAX_VERSIONS = 250;

/**
 * Decides what a command does to an order. Pure: the same order, command and time give the same decision.
 * @param now ISO 8601, UTC.
 */
export function decideChange(
  order: StoredOrder,
  command: ChangeOrderCommand,
  { seller }: ShopRules,
  now: string,
): ChangeDecision {
  const refusal = refusalOf(order, command);
  if (refusal) return { outcome: 'REFUSED', refusal };
  const earlier = earlierChangeBy(order, command);
  if (earlier) return { outcome: 'REPEATED', version: earlier.version };
  const changed = changedOrder(order, command, now);
  const isConfirmed = lastChange(changed).event === 'confirmed';
  return {
    outcome: 'CHANGED',
    order: isConfirmed ? { ...changed, invoice: newInvoice(order.orderId, seller, now) } : changed,
  };
}

/** The change that this command has made already, under this or an older signing key. */
export function earlierChangeBy(
  { history }: StoredOrder,
  { commandId }: { commandId: string },
): HistoryEntry | undefined {
  const commandKey = OrderIds.keyOf(commandId);
  return history.find((entry) => OrderIds.keyOf(entry.commandId) === commandKey);
}

/** Why the order as it is refuses the command; undefined if it would be carried out, or was before. */
export function refusalOf(order: StoredOrder, command: ChangeOrderCommand): Refusal | undefined {
  const caller: Caller = { subject: command.by, roles: command.roles };
  const obstacle = firstObstacle(order, command, caller);
  if (!obstacle) return undefined;
  const { status, version } = order;
  return { ...obstacle, status, version, allowedCommands: allowedCommands(order, caller) };
}

function firstObstacle(order: StoredOrder, command: ChangeOrderCommand, caller: Caller): Obstacle | undefined {
  const { name, expectedVersion, request, receivedAt } = command;
  const earlier = earlierChangeBy(order, command);
  if (earlier) return earlier.fingerprint === fingerprintOf(request) ? undefined : OTHER_CONTENT;
  const forbidden = whyForbidden(order, name, caller);
  if (forbidden) return { code: 'FORBIDDEN', detail: forbidden };
  if (expectedVersion !== undefined && expectedVersion !== order.version) {
    return { code: 'STALE_VERSION', detail: `expected version ${expectedVersion}, the order is at ${order.version}` };
  }
  const notPossible = whyNotPossible(order, name, caller);
  if (notPossible) return { code: 'NOT_POSSIBLE', detail: notPossible };
  const obstacle = obstacleTo(order, command);
  if (obstacle) return obstacle;
  return isTooLarge(order, changedOrder(order, command, receivedAt)) ? NO_ROOM : undefined;
}

const OTHER_CONTENT: Obstacle = {
  code: 'IDEMPOTENCY_CONFLICT',
  detail: 'expected the content that came with this Idempotency-Key first',
};
const NO_ROOM: Obstacle = {
  code: 'NOT_POSSIBLE',
  detail: 'the order has too many shipments, returns and changes for one more',
};

/** What the caller could ask of the order as it is. */
export function allowedCommands(order: StoredOrder, caller: Caller): CommandName[] {
  return COMMAND_NAMES.filter(
    (name) => !whyForbidden(order, name, caller) && !whyNotPossible(order, name, caller) && hasOpenPart(order, name),
  );
}

function whyForbidden(order: StoredOrder, name: CommandName, caller: Caller): string | undefined {
  if (may(caller, name, isOwn(order, caller))) return undefined;
  return may(caller, name, false)
    ? 'nobody decides on an order of their own'
    : `the roles of this caller do not allow ${name}`;
}

function whyNotPossible(order: StoredOrder, name: CommandName, caller: Caller): string | undefined {
  const { status } = order;
  if (!isPossible(name, status)) return `${name} is not possible for an order that is ${status}`;
  const isPacked = name === 'cancelOrder' && status === 'IN_FULFILLMENT';
  if (!isPacked || may(caller, 'cancelOrderInFulfillment', isOwn(order, caller))) return undefined;
  return `an order that is ${status} can be cancelled by an operator alone`;
}

function isOwn({ customerId }: StoredOrder, { subject }: Caller): boolean {
  return customerId === subject;
}

/** The order after the command, without the invoice that the shop adds. */
function changedOrder(
  { approvalQueue: _queue, ...order }: StoredOrder,
  command: ChangeOrderCommand,
  now: string,
): StoredOrder {
  const { event, fields, reason } = changeBy(order, command, now);
  const { commandId, by, shipmentId, returnId, traceparent, request } = command;
  const version = order.version + 1;
  const entry = { version, event, at: now, by, commandId, fingerprint: fingerprintOf(request), traceparent };
  const details = {
    ...(shipmentId !== undefined && { shipmentId }),
    ...(returnId !== undefined && { returnId }),
    ...(reason !== undefined && { reason }),
  };
  return {
    ...order,
    ...fields,
    status: statusAfter(event, order.status),
    version,
    updatedAt: now,
    history: [...order.history, { ...entry, ...details }],
  };
}

/** What makes an order larger is refused in time: what has begun can always be ended. */
function isTooLarge(before: StoredOrder, after: StoredOrder): boolean {
  const grows = after.shipments.length > before.shipments.length || after.returns.length > before.returns.length;
  if (!grows) return false;
  const shipments = after.shipments.filter(({ deliveredAt }) => deliveredAt === undefined).length;
  const returns = after.returns.filter(({ status }) => status !== 'CLOSED' && status !== 'DECLINED').length;
  const toCome = CHANGE_BYTES + shipments * OPEN_SHIPMENT_BYTES + returns * OPEN_RETURN_BYTES;
  return (
    after.version > MAX_VERSIONS ||
    // Of what is to come the event tells the credit notes alone, and when shipments were delivered.
    asciiJson(publicOrder(after)).length + shipments * 60 + (returns + 1) * 400 > MAX_EVENT_BYTES ||
    Buffer.byteLength(JSON.stringify(after)) + toCome > MAX_ITEM_BYTES
  );
}
