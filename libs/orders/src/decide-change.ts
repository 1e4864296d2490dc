import { asciiJson } from './ascii-json.ts';
import type { ChangeOrderCommand } from '#libs/order-requests';
import { fingerprintOf } from './fingerprint.ts';
import { changeBy, type Change, hasOpenPart } from './order-changes.ts';
import { OrderIds } from './order-id.ts';
import { COMMAND_NAMES, type CommandName, isPossible, statusAfter } from './order-lifecycle.ts';
import { publicOrder, type OrderStatus, type StoredOrder } from './order.ts';
import { newInvoice, type ShopRules } from './place-order.ts';
import { type Caller, may } from './roles.ts';

export type RefusalCode =
  /** The caller's roles do not allow it, or it would approve an order of its own. */
  | 'FORBIDDEN'
  /** The order is not at the version that the caller has seen. */
  | 'STALE_VERSION'
  /** Not at the order's present status, or not with what was shipped and returned so far. */
  | 'NOT_POSSIBLE'
  /** There is no such shipment or return. */
  | 'NOT_FOUND'
  /** The same Idempotency-Key came with another content before. */
  | 'IDEMPOTENCY_CONFLICT';

/** Why a command changed nothing, and what could be asked instead. */
export interface Refusal {
  code: RefusalCode;
  detail: string;
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
  rules: ShopRules,
  now: string,
): ChangeDecision {
  const caller: Caller = { subject: command.by, roles: command.roles };
  const refuse = (code: RefusalCode, detail: string): ChangeDecision => ({
    outcome: 'REFUSED',
    refusal: {
      code,
      detail,
      status: order.status,
      version: order.version,
      allowedCommands: allowedCommands(order, caller),
    },
  });
  // By the part that is the same whichever key has signed it.
  const commandKey = OrderIds.keyOf(command.commandId);
  const earlier = order.history.find(({ commandId }) => OrderIds.keyOf(commandId) === commandKey);
  const fingerprint = fingerprintOf(command.request);
  if (earlier && earlier.fingerprint !== fingerprint) {
    return refuse('IDEMPOTENCY_CONFLICT', 'expected the content that came with this Idempotency-Key first');
  }
  if (earlier) return { outcome: 'REPEATED', version: earlier.version };
  const forbidden = whyForbidden(order, command.name, caller);
  if (forbidden) return refuse('FORBIDDEN', forbidden);
  if (command.expectedVersion !== undefined && command.expectedVersion !== order.version) {
    return refuse('STALE_VERSION', `expected version ${command.expectedVersion}, the order is at ${order.version}`);
  }
  const notPossible = whyNotPossible(order, command.name, caller);
  if (notPossible) return refuse('NOT_POSSIBLE', notPossible);
  const change = changeBy(order, command, now);
  if ('refused' in change) return refuse(change.refused, change.detail);
  const changed = changedOrder(order, change, command, rules, now);
  if (isTooLarge(order, changed)) {
    return refuse('NOT_POSSIBLE', 'the order has too many shipments, returns and changes for one more');
  }
  return { outcome: 'CHANGED', order: changed };
}

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

function changedOrder(
  { approvalQueue: _queue, ...order }: StoredOrder,
  { event, fields, reason }: Change,
  command: ChangeOrderCommand,
  { seller }: ShopRules,
  now: string,
): StoredOrder {
  const { commandId, by, target, traceparent, request } = command;
  const version = order.version + 1;
  const entry = { version, event, at: now, by, commandId, fingerprint: fingerprintOf(request), traceparent };
  const about = { ...(target !== undefined && { target }), ...(reason !== undefined && { reason }) };
  return {
    ...order,
    ...fields,
    ...(event === 'confirmed' && { invoice: newInvoice(order.orderId, seller, now) }),
    status: statusAfter(event, order.status),
    version,
    updatedAt: now,
    history: [...order.history, { ...entry, ...about }],
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
