import { asciiJson } from './ascii-json.ts';
import type { ChangeOrderCommand } from './change-order-command.ts';
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

/**
 * Of the order as its event tells it, in bytes of ASCII JSON, for what makes it larger: 16 KB below the 256 KB that SNS
 * takes are left for its envelope and for the changes that must always be possible. An order of usual size has room for
 * hundreds of shipments; the largest one, of 200,000 bytes, for ten.
 */
const MAX_ORDER_BYTES = 240_000;
/** DynamoDB takes 400 KB an item; a history entry has about 400 bytes, a reason of 500 letters beside. */
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
  if (!isAllowed(order, command.name, caller)) {
    return refuse('NOT_POSSIBLE', `${command.name} is not possible for an order that is ${order.status}`);
  }
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
    (name) => !whyForbidden(order, name, caller) && isAllowed(order, name, caller) && hasOpenPart(order, name),
  );
}

function whyForbidden(order: StoredOrder, name: CommandName, caller: Caller): string | undefined {
  const isOwn = order.customerId === caller.subject;
  if (!may(caller, name, isOwn)) return `the roles of this caller do not allow ${name}`;
  if (isOwn && (name === 'approveOrder' || name === 'rejectOrder')) return 'nobody decides on an order of their own';
  return undefined;
}

function isAllowed({ status }: StoredOrder, name: CommandName, { roles }: Caller): boolean {
  // Goods are being packed: only an operator can call them back.
  if (name === 'cancelOrder' && status === 'IN_FULFILLMENT' && !roles.includes('operator')) return false;
  return isPossible(name, status);
}

function changedOrder(
  { approvalQueue: _queue, ...order }: StoredOrder,
  { event, fields, reason }: Change,
  command: ChangeOrderCommand,
  { seller }: ShopRules,
  now: string,
): StoredOrder {
  const { commandId, by, traceparent, request } = command;
  const version = order.version + 1;
  const entry = { version, event, at: now, by, commandId, fingerprint: fingerprintOf(request), traceparent };
  return {
    ...order,
    ...fields,
    ...(event === 'confirmed' && { invoice: newInvoice(order.orderId, seller, now) }),
    status: statusAfter(event, order.status),
    version,
    updatedAt: now,
    history: [...order.history, { ...entry, ...(reason !== undefined && { reason }) }],
  };
}

function isTooLarge(before: StoredOrder, after: StoredOrder): boolean {
  const grows = after.shipments.length > before.shipments.length || after.returns.length > before.returns.length;
  return grows && (after.version > MAX_VERSIONS || asciiJson(publicOrder(after)).length > MAX_ORDER_BYTES);
}
