import type { CommandName } from './order-lifecycle.ts';

/** Who may do what: the one table of it, for the api, the worker, the token issuer of local runs and the tests. */
export const ROLES = ['retail', 'wholesale', 'operator', 'fulfillment', 'accounting'] as const;
export type Role = (typeof ROLES)[number];

/** The roles that may do a thing with an order of their own, and those that may with anybody's. */
interface Grant {
  own: readonly Role[];
  any: readonly Role[];
}

const CUSTOMERS = ['retail', 'wholesale'] as const;

export const PERMISSIONS = {
  placeOrder: { own: CUSTOMERS, any: [] },
  /** What an order of the channel WHOLESALE needs beside `placeOrder`. */
  placeWholesaleOrder: { own: ['wholesale'], any: [] },
  placeOrderBatch: { own: ['wholesale'], any: [] },
  readOrder: { own: CUSTOMERS, any: ['operator', 'fulfillment', 'accounting'] },
  listOrders: { own: CUSTOMERS, any: ['operator'] },
  approveOrder: { own: [], any: ['operator'] },
  rejectOrder: { own: [], any: ['operator'] },
  cancelOrder: { own: CUSTOMERS, any: ['operator'] },
  /** Goods are being packed: only an operator can call them back. */
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

/** Nobody decides on an order of their own, whatever their roles. */
export const NEVER_WITH_OWN: readonly Permission[] = ['approveOrder', 'rejectOrder'];

/** Who makes a request. */
export interface Caller {
  /** The token's `sub`; the customer id of the orders that this caller places. */
  subject: string;
  roles: readonly Role[];
}

/** Whether the caller may do this with an order that is, or is not, its own. */
export function may(caller: Caller, permission: Permission, isOwn: boolean): boolean {
  if (isOwn && NEVER_WITH_OWN.includes(permission)) return false;
  const { own, any }: Grant = PERMISSIONS[permission];
  return caller.roles.some((role) => any.includes(role) || (isOwn && own.includes(role)));
}

/** Whether there are orders with which the caller may do this. */
export function mayAtAll(caller: Caller, permission: Permission): boolean {
  return may(caller, permission, true) || may(caller, permission, false);
}
