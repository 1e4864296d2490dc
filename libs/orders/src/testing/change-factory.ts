import type { ChangeOrderCommand, ChangeRequest } from '#libs/order-requests';
import { CHANGE_ORDER } from '../commands.ts';
import type { CommandName } from '../order-lifecycle.ts';
import type { StoredOrder } from '../order.ts';
import { PERMISSIONS, type Role } from '../roles.ts';

let commands = 0;

/** A new command by a caller who may give it, changed as the test needs it. */
export function aChange<Name extends CommandName>(
  order: Pick<StoredOrder, 'orderId' | 'customerId'>,
  name: Name,
  request: ChangeRequest<Name>,
  changes: Partial<ChangeOrderCommand<Name>> = {},
): ChangeOrderCommand<Name> {
  const { own, others }: { own: readonly Role[]; others: readonly Role[] } = PERMISSIONS[name];
  const [role] = others;
  return {
    type: CHANGE_ORDER,
    commandId: `command-${(commands += 1)}`,
    name,
    orderId: order.orderId,
    by: role ? `${role}-1` : order.customerId,
    roles: [role ?? (own[0] as Role)],
    receivedAt: '2026-01-02T03:04:05.678Z',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    request,
    ...changes,
  };
}
