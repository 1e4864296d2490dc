import type { CommandName } from './order-lifecycle.ts';

/* The permissions of each role: the api, the worker, the token issuer of local runs and the tests all read this table. */

export const ROLES = ['retail', 'wholesale', 'operator', 'fulfillment', 'accounting'] as const;
export type Role = (typeof ROLES)[number];

/** The roles that have a permission for their own orders, and those that have it for any order. */
interface Grant {
  own: readonly Role[];
  any: readonly Role[];
}

const CUSTOMERS = ['retail', 'wholesale'] as const;

export const PERMISSIONS = {
  placeOrder: { own: CUSTOMERS, any: [] },
  /** An order of the channel WHOLESALE needs this and `placeOrder`. */
  placeWholesaleOrder: { own: ['wholesale'], any: [] },
  placeOrderBatch: { own: ['wholesale'], any: [] },
  readOrder: { own: CUSTOMERS, any: ['operator', 'fulfillment', 'accounting'] },
  listOrders: { own: CUSTOMERS, any: ['operator'] },
  approveOrder: { own: [], any: ['operator'] },
  rejectOrder: { own: [], any: ['operator'] },
  cancelOrder: { own: CUSTOMERS, any: ['operator'] },
  /** The goods are being packed: only an operator can call them back. */
  cancelOrderInFulfillment: { own: [], any: ['operator'] },
  startFulfillment: { own: [], any: ['fulfillment'] },
  createShipment: { own: [], any: ['fulfillment'] },
  deliverShipment: { own: [], any: ['fulfillment'] },
  requestReturn: { own: CUSTOMERS, any: [] },
  approveReturn: { own: [], any: ['operator'] },
  declineReturn: { own: [], any: ['operator'] },
  receiveReturn: { own: [], any: ['fulfillment'] },
  closeReturn: { own: [], any: ['accounting'] },
} as const satisfies Record<CommandName, Grant> & Record<string, Grant>;

export type Permission = keyof typeof PERMISSIONS;

/** No caller may approve or reject an order of their own. */
export const NEVER_WITH_OWN: readonly Permission[] = ['approveOrder', 'rejectOrder'];

export interface Caller {
  /** The token's `sub`; the customer id of the orders that this caller places. */
  subject: string;
  roles: readonly Role[];
}

/** Whether the caller has the permission for an order of their own, or for another's. */
export function may(caller: Caller, permission: Permission, isOwn: boolean): boolean {
  if (isOwn && NEVER_WITH_OWN.includes(permission)) return false;
  const { own, any }: Grant = PERMISSIONS[permission];
  return caller.roles.some((role) => any.includes(role) || (isOwn && own.includes(role)));
}

/** Whether the caller has the permission for any order at all. */
export function mayAtAll(caller: Caller, permission: Permission): boolean {
  return may(caller, permission, true) || may(caller, permission, false);
}
