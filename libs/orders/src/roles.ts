import type { CommandName } from './order-lifecycle.ts';

/* The permissions of each role: the api, the worker, the token issuer of local runs and the tests all read this table. */

export const CUSTOMER_ROLES = ['retail', 'wholesale'] as const;
/** The roles of programs, which sign in without a person: only these can be given by a scope. */
export const SERVICE_ROLES = ['fulfillment', 'accounting', 'checkout'] as const;
export const STAFF_ROLES = ['operator', ...SERVICE_ROLES] as const;
export const ROLES = [...CUSTOMER_ROLES, ...STAFF_ROLES] as const;
export type Role = (typeof ROLES)[number];

/** The roles that have a permission for their own orders, and those that have it for the orders of others. */
interface Grant {
  own: readonly Role[];
  others: readonly Role[];
}

/** Nobody decides on their own order: for it, only the roles of `own` count, whatever other roles its customer has. */
export const PERMISSIONS = {
  /** A checkout, a service of the shop, names the customer of each order. `PRICING` may allow only one of the two. */
  placeOrder: { own: CUSTOMER_ROLES, others: ['checkout'] },
  /** An order of the channel WHOLESALE needs this and `placeOrder`. */
  placeWholesaleOrder: { own: ['wholesale'], others: ['checkout'] },
  placeOrderBatch: { own: ['wholesale'], others: ['checkout'] },
  readOrder: { own: ROLES, others: STAFF_ROLES },
  /** The lists of work are in `WORK_LISTS`. */
  listOrders: { own: ROLES, others: ['operator'] },
  approveOrder: { own: [], others: ['operator'] },
  rejectOrder: { own: [], others: ['operator'] },
  cancelOrder: { own: CUSTOMER_ROLES, others: ['operator'] },
  /** Goods are being packed, or a part of them was shipped: only an operator can call back the rest. */
  cancelOrderInFulfillment: { own: [], others: ['operator'] },
  startFulfillment: { own: [], others: ['fulfillment'] },
  createShipment: { own: [], others: ['fulfillment'] },
  deliverShipment: { own: [], others: ['fulfillment'] },
  requestReturn: { own: CUSTOMER_ROLES, others: [] },
  approveReturn: { own: [], others: ['operator'] },
  declineReturn: { own: [], others: ['operator'] },
  receiveReturn: { own: [], others: ['fulfillment'] },
  closeReturn: { own: [], others: ['accounting'] },
} as const satisfies Record<CommandName, Grant> & Record<string, Grant>;

export type Permission = keyof typeof PERMISSIONS;

export interface Caller {
  /** The token's `sub`; the customer id of the orders that this caller places. */
  subject: string;
  roles: readonly Role[];
}

/** Whether the caller has the permission for their own orders, or for those of others. */
export function may(caller: Caller, permission: Permission, isOwn: boolean): boolean {
  const allowed: readonly Role[] = PERMISSIONS[permission][isOwn ? 'own' : 'others'];
  return caller.roles.some((role) => allowed.includes(role));
}

/** Whether the caller has the permission for any order at all. */
export function mayAtAll(caller: Caller, permission: Permission): boolean {
  return may(caller, permission, true) || may(caller, permission, false);
}

/** Why the caller does not have the permission, for people; undefined if the caller has it. */
export function whyForbidden(caller: Caller, permission: Permission, isOwn: boolean): string | undefined {
  if (may(caller, permission, isOwn)) return undefined;
  return isOwn && may(caller, permission, false)
    ? `the caller placed this order, so somebody else must decide on ${permission}`
    : `the roles of this caller do not allow ${permission}`;
}
