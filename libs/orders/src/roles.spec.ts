import type { ChangeRequest } from '#libs/order-requests';
import { allowedCommands, decideChange } from './decide-change.ts';
import { COMMAND_NAMES, type CommandName, ORDER_STATUSES, type OrderStatus } from './order-lifecycle.ts';
import type { StoredOrder } from './order.ts';
import { placeOrder } from './place-order.ts';
import { type Role, ROLES } from './roles.ts';
import { aChange } from './testing/change-factory.ts';
import { anOrderRequest, aPlaceOrderCommand, shopRules } from './testing/order-factory.ts';

/**
 * Who may send each command in each status. C is a customer, only for their own order; O an operator, F fulfillment and A
 * accounting, only for an order of somebody else.
 */
const MAY_SEND = `
                 AWAITING_APPROVAL CONFIRMED REJECTED CANCELLED IN_FULFILLMENT PARTIALLY_SHIPPED SHIPPED DELIVERED
approveOrder     O                 -         -        -         -              -                 -       -
rejectOrder      O                 -         -        -         -              -                 -       -
cancelOrder      CO                CO        -        -         O              O                 -       -
startFulfillment -                 F         -        -         -              -                 -       -
createShipment   -                 -         -        -         F              F                 -       -
deliverShipment  -                 -         -        -         -              F                 F       -
requestReturn    -                 -         -        -         -              C                 C       C
approveReturn    -                 -         -        -         -              O                 O       O
declineReturn    -                 -         -        -         -              O                 O       O
receiveReturn    -                 -         -        -         -              F                 F       F
closeReturn      -                 -         -        -         -              A                 A       A
`;
const ACTORS: Record<Role, string> = {
  retail: 'C',
  wholesale: 'C',
  operator: 'O',
  fulfillment: 'F',
  accounting: 'A',
  checkout: 'K',
};

const [statuses = [], ...rows] = MAY_SEND.trim()
  .split('\n')
  .map((line) => line.trim().split(/ +/));
const table = new Map(
  rows.map(([name, ...cells]) => [name, new Map(statuses.map((one, at) => [one, cells[at] ?? '']))]),
);

function maySend(name: CommandName, status: OrderStatus, roles: readonly Role[], isOwn: boolean): boolean {
  const allowed = table.get(name)?.get(status) ?? '';
  return roles.some((role) => allowed.includes(ACTORS[role]) && isOwn === (ACTORS[role] === 'C'));
}

const everySetOfRoles = ROLES.reduce<Role[][]>((sets, role) => [...sets, ...sets.map((set) => [...set, role])], [[]]);
const rules = shopRules();
const NOW = '2026-01-02T03:04:06.000Z';
const items = [{ lineNumber: 1, quantity: 1 }];
const REQUESTS: { [Name in CommandName]?: ChangeRequest<Name> } = {
  createShipment: { carrier: 'DHL', trackingNumber: 'JD01', items },
  requestReturn: { items, reason: 'leaks' },
};
const PARTS: Partial<Record<CommandName, object>> = {
  deliverShipment: { shipmentId: '1' },
  approveReturn: { returnId: '1' },
  declineReturn: { returnId: '1' },
  receiveReturn: { returnId: '2' },
  closeReturn: { returnId: '3' },
};

/** An order that has goods, a shipment and returns for every command, so that only roles and status can refuse one. */
function orderAt(status: OrderStatus): StoredOrder {
  const lineItems = [{ sku: 'S', name: 'N', quantity: 9, unitPrice: 0 }];
  const order = placeOrder(aPlaceOrderCommand({ request: anOrderRequest({ lineItems }) }), rules, NOW);
  const shipped = { items: [{ lineNumber: 1, quantity: 5 }], carrier: 'DHL', trackingNumber: 'JD01', shippedAt: NOW };
  const returns = (['REQUESTED', 'APPROVED', 'RECEIVED'] as const).map((step, at) => {
    return { returnId: String(at + 1), status: step, items, reason: 'leaks', requestedAt: NOW };
  });
  return { ...order, status, shipments: [{ shipmentId: '1', ...shipped }], returns };
}

describe('the roles of callers', () => {
  it.each(ORDER_STATUSES)(
    'allow each set of roles exactly the commands of the table for an order that is %s',
    (status) => {
      const order = orderAt(status);
      for (const roles of everySetOfRoles) {
        for (const subject of [order.customerId, 'somebody-else']) {
          const isOwn = subject === order.customerId;
          const expected = COMMAND_NAMES.filter((name) => maySend(name, status, roles, isOwn));
          const commands = COMMAND_NAMES.map((name) => {
            return aChange(order, name, REQUESTS[name] ?? {}, { by: subject, roles, ...PARTS[name] });
          });
          const changed = commands.filter((one) => decideChange(order, one, rules, NOW).outcome === 'CHANGED');
          expect([roles, isOwn, changed.map(({ name }) => name)]).toEqual([roles, isOwn, expected]);
          expect(allowedCommands(order, { subject, roles })).toEqual(expected);
        }
      }
    },
  );
});
