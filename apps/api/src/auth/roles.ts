/** Who may do what: the one table of it. */
export const ROLES = ['retail', 'wholesale', 'operator', 'fulfillment', 'accounting'] as const;
export type Role = (typeof ROLES)[number];

export const PERMISSIONS = {
  placeRetailOrder: ['retail', 'wholesale'],
  placeWholesaleOrder: ['wholesale'],
  readOwnOrders: ['retail', 'wholesale'],
  readAnyOrder: ['operator', 'fulfillment', 'accounting'],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof PERMISSIONS;

export interface Caller {
  /** The token's `sub`; the customer id of the orders that this caller places. */
  subject: string;
  roles: readonly Role[];
}

export function may(caller: Caller, permission: Permission): boolean {
  const allowed: readonly Role[] = PERMISSIONS[permission];
  return caller.roles.some((role) => allowed.includes(role));
}
