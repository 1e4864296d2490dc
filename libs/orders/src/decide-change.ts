import type { ChangeOrderCommand } from '#libs/order-requests';
import { asciiJson, fingerprintOf } from './json-text.ts';
import { effectOf, type Obstacle } from './command-effects.ts';
import { lastChange } from './order-event.ts';
import { OrderIds } from './order-id.ts';
import { COMMAND_NAMES, type CommandName, isPossible, type OrderStatus, statusAfter } from './order-lifecycle.ts';
import { workOf } from './order-lists.ts';
import type { HistoryEntry, StoredOrder } from './order.ts';
import { newInvoice, type ShopRules } from './place-order.ts';
import { publicOrder } from './public-order.ts';
import { type Caller, may, whyForbidden } from './roles.ts';

/** Why a command is refused, with the state of the order that refuses it. */
export interface Refusal extends Obstacle {
  status: OrderStatus;
  version: number;
  /** The commands that this order allows this caller now. */
  allowedCommands: CommandName[];
}

export type ChangeDecision =
  | { outcome: 'CHANGED'; order: StoredOrder }
  /** The command was carried out before and produced this version. */
  | { outcome: 'REPEATED'; version: number }
  | { outcome: 'REFUSED'; refusal: Refusal };

/** The order in an event, as ASCII JSON. SNS takes 256 KB (262,144 bytes); envelope and attributes need the other 7 KB. */
const MAX_EVENT_BYTES = 255_000;
/** The stored item, as JSON. DynamoDB takes 400 KB and counts maps and numbers nearly as JSON writes them. */
const MAX_ITEM_BYTES = 380_000;
/** The largest change: a history entry of 450 bytes with a reason of 500 characters of 4 bytes. */
const CHANGE_BYTES = 2_500;
/** An open shipment will add the history entry of its delivery. */
const OPEN_SHIPMENT_BYTES = 600;
/** An open return will add three history entries and a credit note, or one entry with a reason. */
const OPEN_RETURN_BYTES = 3_000;
/** Cancelling the rest will add this for each line item, and a credit note. */
const CANCELLED_LINE_BYTES = 50;
/** Readers of an order read its whole history. */
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
  const decision = decide(order, command, now);
  const isConfirmed = decision.outcome === 'CHANGED' && lastChange(decision.order).event === 'confirmed';
  if (!isConfirmed) return decision;
  return { ...decision, order: { ...decision.order, invoice: newInvoice(order.orderId, seller, now) } };
}

/** Why the order as it is refuses the command; undefined if it allows it, or if the command was carried out before. */
export function refusalOf(order: StoredOrder, command: ChangeOrderCommand): Refusal | undefined {
  const decision = decide(order, command, command.receivedAt);
  return decision.outcome === 'REFUSED' ? decision.refusal : undefined;
}

/** The change that this command has made already, under this or an older signing key. */
export function earlierChangeBy(
  { history }: StoredOrder,
  { commandId }: { commandId: string },
): HistoryEntry | undefined {
  const commandKey = OrderIds.keyOf(commandId);
  return history.find((entry) => OrderIds.keyOf(entry.commandId) === commandKey);
}

/** The decision without the invoice, which needs the shop's rules. */
function decide(order: StoredOrder, command: ChangeOrderCommand, now: string): ChangeDecision {
  const caller: Caller = { subject: command.by, roles: command.roles };
  const refused = (obstacle: Obstacle): ChangeDecision => {
    const { status, version } = order;
    const refusal = { ...obstacle, status, version, allowedCommands: allowedCommands(order, caller) };
    return { outcome: 'REFUSED', refusal };
  };
  const earlier = earlierChangeBy(order, command);
  if (earlier && earlier.fingerprint !== fingerprintOf(command.request)) return refused(OTHER_CONTENT);
  if (earlier) return { outcome: 'REPEATED', version: earlier.version };
  const obstacle = obstacleTo(order, command, caller);
  if (obstacle) return refused(obstacle);
  const changed = changedOrder(order, command, now);
  return isTooLarge(order, changed) ? refused(NO_ROOM) : { outcome: 'CHANGED', order: changed };
}

function obstacleTo(order: StoredOrder, command: ChangeOrderCommand, caller: Caller): Obstacle | undefined {
  const { name, expectedVersions } = command;
  const forbidden = whyForbidden(caller, name, isOwn(order, caller));
  if (forbidden) return { code: 'FORBIDDEN', detail: forbidden };
  if (expectedVersions && !expectedVersions.includes(order.version)) {
    const expected = expectedVersions.join(' or ') || 'of another kind';
    return { code: 'STALE_VERSION', detail: `expected version ${expected}, the order is at ${order.version}` };
  }
  const notPossible = whyNotPossible(order, name, caller);
  if (notPossible) return { code: 'NOT_POSSIBLE', detail: notPossible };
  return effectOf(name).obstacle?.(order, command);
}

const OTHER_CONTENT: Obstacle = {
  code: 'IDEMPOTENCY_CONFLICT',
  detail: 'expected the content that came with this Idempotency-Key first',
};
const NO_ROOM: Obstacle = {
  code: 'NOT_POSSIBLE',
  detail: 'the order has reached its limit of shipments, returns and changes',
};

/** The commands that the order as it is allows the caller. */
export function allowedCommands(order: StoredOrder, caller: Caller): CommandName[] {
  const hasOpenPart = (name: CommandName) => effectOf(name).hasOpenPart?.(order) ?? true;
  return COMMAND_NAMES.filter(
    (name) =>
      !whyForbidden(caller, name, isOwn(order, caller)) && !whyNotPossible(order, name, caller) && hasOpenPart(name),
  );
}

function whyNotPossible(order: StoredOrder, name: CommandName, caller: Caller): string | undefined {
  const { status } = order;
  if (!isPossible(name, status)) return `${name} is not possible for an order that is ${status}`;
  const isPacked = name === 'cancelOrder' && (status === 'IN_FULFILLMENT' || status === 'PARTIALLY_SHIPPED');
  if (!isPacked || may(caller, 'cancelOrderInFulfillment', isOwn(order, caller))) return undefined;
  return `only an operator can cancel an order that is ${status}, and never their own`;
}

function isOwn({ customerId }: StoredOrder, { subject }: Caller): boolean {
  return customerId === subject;
}

function changedOrder(
  { work: _work, openReturns: _open, ...order }: StoredOrder,
  command: ChangeOrderCommand,
  now: string,
): StoredOrder {
  const { event, fields, reason } = effectOf(command.name).change(order, command, now);
  const { commandId, by, shipmentId, returnId, traceparent, request } = command;
  const version = order.version + 1;
  const entry = { version, event, at: now, by, commandId, fingerprint: fingerprintOf(request), traceparent };
  const details = {
    ...(shipmentId !== undefined && { shipmentId }),
    ...(returnId !== undefined && { returnId }),
    ...(reason !== undefined && { reason }),
  };
  const changed: StoredOrder = {
    ...order,
    ...fields,
    status: statusAfter(event, order.status, order.history),
    version,
    updatedAt: now,
    history: [...order.history, { ...entry, ...details }],
  };
  return { ...changed, ...workOf(changed) };
}

/** A shipment or return is only added while there is room for everything that can follow, so that it can always be completed. */
function isTooLarge(before: StoredOrder, after: StoredOrder): boolean {
  const grows = after.shipments.length > before.shipments.length || after.returns.length > before.returns.length;
  if (!grows) return false;
  const shipments = after.shipments.filter(({ deliveredAt }) => deliveredAt === undefined).length;
  const returns = after.returns.filter(({ status }) => status !== 'CLOSED' && status !== 'DECLINED').length;
  const rest = after.status === 'PARTIALLY_SHIPPED' ? 400 + after.lineItems.length * CANCELLED_LINE_BYTES : 0;
  const bytesToCome = CHANGE_BYTES + shipments * OPEN_SHIPMENT_BYTES + returns * OPEN_RETURN_BYTES + rest;
  return (
    after.version > MAX_VERSIONS ||
    // An event will only grow by delivery times, credit notes and the cancelled rest.
    asciiJson(publicOrder(after)).length + shipments * 60 + (returns + 1) * 400 + rest > MAX_EVENT_BYTES ||
    Buffer.byteLength(JSON.stringify(after)) + bytesToCome > MAX_ITEM_BYTES
  );
}
