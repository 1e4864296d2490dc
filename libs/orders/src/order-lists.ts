import { hash } from 'node:crypto';
import type { OrderStatus } from './order-lifecycle.ts';
import type { Order, StoredOrder } from './order.ts';
import type { Caller, Role } from './roles.ts';

/* The lists in which staff find orders: what waits for somebody, and what has a certain number. */

/** The lists of work, and the roles that may read each: an order's status, or that of one of its returns. */
export const WORK_LISTS = {
  AWAITING_APPROVAL: ['operator'],
  CONFIRMED: ['operator', 'fulfillment'],
  IN_FULFILLMENT: ['operator', 'fulfillment'],
  PARTIALLY_SHIPPED: ['operator', 'fulfillment'],
  REQUESTED: ['operator'],
  APPROVED: ['operator', 'fulfillment'],
  RECEIVED: ['operator', 'accounting'],
} as const satisfies Record<string, readonly Role[]>;
export type WorkList = keyof typeof WORK_LISTS;

/** The statuses of a return in which somebody has to act on it. */
export const OPEN_RETURNS = ['REQUESTED', 'APPROVED', 'RECEIVED'] as const satisfies WorkList[];
type OpenReturn = (typeof OPEN_RETURNS)[number];

export function isWorkList(text: string | undefined): text is WorkList {
  return text !== undefined && Object.hasOwn(WORK_LISTS, text);
}

export function mayListWork({ roles }: Caller, list: WorkList): boolean {
  const allowed: readonly Role[] = WORK_LISTS[list];
  return roles.some((role) => allowed.includes(role));
}

/** The list of all orders that are shipped in part, or have an open return: one order can be both. */
const SHIPPED_WORK = 'SHIPPED';

/** The list of the index that has the orders of a list of work, and maybe others. */
function indexedAs(list: WorkList): OrderStatus {
  return list === 'AWAITING_APPROVAL' || list === 'CONFIRMED' || list === 'IN_FULFILLMENT' ? list : SHIPPED_WORK;
}

export function isOpenReturn(list: WorkList): list is OpenReturn {
  return OPEN_RETURNS.some((one) => one === list);
}

/** The index attributes of an order: `work` only while it waits for somebody, `openReturns` once it has a return. */
export function workOf({
  orderKey,
  status,
  returns,
}: Pick<StoredOrder, 'orderKey' | 'status' | 'returns'>): Pick<StoredOrder, 'work' | 'openReturns'> {
  const openReturns = OPEN_RETURNS.filter((one) => returns.some((each) => each.status === one));
  const list = openReturns.length > 0 ? SHIPPED_WORK : isWorkList(status) && indexedAs(status);
  return {
    ...(list && { work: partitionOf(list, orderKey) }),
    // An empty list stays: a PartiQL statement removes one attribute.
    ...(returns.length > 0 && { openReturns }),
  };
}

/** The index attributes by which an order is found. Keys have digests of what customers send. */
export function lookupKeysOf(
  orderKey: string,
  { purchaseOrderNumber, payment }: Pick<Order, 'purchaseOrderNumber' | 'payment'>,
): Pick<StoredOrder, 'purchaseOrderKey' | 'paymentKey'> {
  return {
    ...(purchaseOrderNumber !== undefined && {
      purchaseOrderKey: partitionOf(digestOf('purchaseOrderNumber', purchaseOrderNumber), orderKey),
    }),
    paymentKey: partitionOf(digestOf('paymentReference', payment.reference), orderKey),
  };
}

/**
 * The key of the claim on an order's payment: one for each provider and reference. It has the digest of the index attribute, so it
 * stays the same when the reference is erased. The provider's case does not count.
 */
export function paymentClaimOf({ payment, paymentKey = '' }: Pick<StoredOrder, 'payment' | 'paymentKey'>): string {
  return `${payment.provider.toLowerCase()}#${paymentKey.split('#')[0]}`;
}

/**
 * DynamoDB takes 1,000 writes a second for each value of an index's hash key, and delays the table with its index. So each list,
 * even that of a payment reference that every customer of a shop sends, has this many values.
 */
const PARTITIONS = 8;

/** The partition of an order in a list, by a digest of its key. */
function partitionOf(list: string, orderKey: string): string {
  return `${list}#${partitionNumberOf(orderKey)}`;
}

export function partitionNumberOf(orderKey: string): number {
  return hash('sha256', orderKey, 'buffer').readUInt8(0) % PARTITIONS;
}

/** All partitions of a list of work. */
export function partitionsOfWork(list: WorkList): string[] {
  return partitionsOf(indexedAs(list));
}

/** All partitions that can have the orders of this number. */
export function partitionsOfLookup(purpose: 'purchaseOrderNumber' | 'paymentReference', text: string): string[] {
  return partitionsOf(digestOf(purpose, text));
}

function partitionsOf(list: string): string[] {
  return Array.from({ length: PARTITIONS }, (_, n) => `${list}#${n}`);
}

function digestOf(purpose: 'purchaseOrderNumber' | 'paymentReference', text: string): string {
  return hash('sha256', `${purpose} ${text}`, 'base64url').slice(0, 22);
}
