/** Only the worker sets a status. An order that is accepted but not stored yet is `PENDING` to its customer. */
export const ORDER_STATUSES = [
  'AWAITING_APPROVAL',
  'CONFIRMED',
  'REJECTED',
  'CANCELLED',
  'IN_FULFILLMENT',
  'PARTIALLY_SHIPPED',
  'SHIPPED',
  'DELIVERED',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** The events by their names, as their types have them, and what each reports to subscribers. */
export const ORDER_EVENTS = {
  awaiting_approval: 'an order was placed that an operator has to approve',
  confirmed: 'an order was placed, or approved; it has an invoice from here on',
  rejected: 'an operator refused to approve the order, or it came with a payment that already pays another order',
  cancelled: 'the order was cancelled before anything was shipped',
  fulfillment_started: 'the warehouse has started to pack the order',
  partially_shipped: 'a parcel left, more will follow',
  rest_cancelled: 'what had not left yet was cancelled and has its credit note',
  shipped: 'the last parcel left',
  shipment_delivered: 'a parcel arrived, but not the last',
  delivered: 'the last parcel arrived',
  return_requested: 'the customer wants to send goods back',
  return_approved: 'an operator approved the return',
  return_declined: 'an operator declined the return',
  return_received: 'the goods came back',
  return_closed: 'the return has its credit note',
  imported: 'the order was copied from another system, or copied again because it had changed there',
};
export type OrderEventName = keyof typeof ORDER_EVENTS;
export const ORDER_EVENT_NAMES = Object.keys(ORDER_EVENTS) as OrderEventName[];

/** The commands that change a placed order. The same names are permissions, and operations of the api. */
export const COMMAND_NAMES = [
  'approveOrder',
  'rejectOrder',
  'cancelOrder',
  'startFulfillment',
  'createShipment',
  'deliverShipment',
  'requestReturn',
  'approveReturn',
  'declineReturn',
  'receiveReturn',
  'closeReturn',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export interface Transition {
  command: CommandName | 'placeOrder' | 'importOrder';
  /** Null: the order does not exist yet. */
  from: OrderStatus | null;
  event: OrderEventName;
  to: OrderStatus;
}

/** The commands of returns, which leave the order's status as it is; goods must have been shipped. */
const RETURN_EVENTS = {
  requestReturn: 'return_requested',
  approveReturn: 'return_approved',
  declineReturn: 'return_declined',
  receiveReturn: 'return_received',
  closeReturn: 'return_closed',
} as const satisfies Partial<Record<CommandName, OrderEventName>>;

const SHIPPED = ['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'] as const;

/** The whole life of an order. No other transition is possible. */
export const TRANSITIONS: readonly Transition[] = [
  { command: 'placeOrder', from: null, event: 'awaiting_approval', to: 'AWAITING_APPROVAL' },
  { command: 'placeOrder', from: null, event: 'confirmed', to: 'CONFIRMED' },
  { command: 'placeOrder', from: null, event: 'rejected', to: 'REJECTED' },

  // An order of another system keeps its status.
  ...ORDER_STATUSES.map((to) => ({ command: 'importOrder', from: null, event: 'imported', to }) as const),

  { command: 'approveOrder', from: 'AWAITING_APPROVAL', event: 'confirmed', to: 'CONFIRMED' },
  { command: 'rejectOrder', from: 'AWAITING_APPROVAL', event: 'rejected', to: 'REJECTED' },
  { command: 'cancelOrder', from: 'AWAITING_APPROVAL', event: 'cancelled', to: 'CANCELLED' },

  { command: 'cancelOrder', from: 'CONFIRMED', event: 'cancelled', to: 'CANCELLED' },
  { command: 'startFulfillment', from: 'CONFIRMED', event: 'fulfillment_started', to: 'IN_FULFILLMENT' },

  { command: 'cancelOrder', from: 'IN_FULFILLMENT', event: 'cancelled', to: 'CANCELLED' },
  { command: 'createShipment', from: 'IN_FULFILLMENT', event: 'partially_shipped', to: 'PARTIALLY_SHIPPED' },
  { command: 'createShipment', from: 'IN_FULFILLMENT', event: 'shipped', to: 'SHIPPED' },

  { command: 'createShipment', from: 'PARTIALLY_SHIPPED', event: 'partially_shipped', to: 'PARTIALLY_SHIPPED' },
  { command: 'createShipment', from: 'PARTIALLY_SHIPPED', event: 'shipped', to: 'SHIPPED' },
  { command: 'deliverShipment', from: 'PARTIALLY_SHIPPED', event: 'shipment_delivered', to: 'PARTIALLY_SHIPPED' },
  { command: 'cancelOrder', from: 'PARTIALLY_SHIPPED', event: 'rest_cancelled', to: 'SHIPPED' },
  { command: 'cancelOrder', from: 'PARTIALLY_SHIPPED', event: 'rest_cancelled', to: 'DELIVERED' },

  { command: 'deliverShipment', from: 'SHIPPED', event: 'shipment_delivered', to: 'SHIPPED' },
  { command: 'deliverShipment', from: 'SHIPPED', event: 'delivered', to: 'DELIVERED' },

  ...SHIPPED.flatMap((status) =>
    Object.entries(RETURN_EVENTS).map(([command, event]) => ({
      command: command as keyof typeof RETURN_EVENTS,
      from: status,
      event,
      to: status,
    })),
  ),
];

/** Whether any transition has this command from this status. */
export function isPossible(command: CommandName, from: OrderStatus): boolean {
  return TRANSITIONS.some((transition) => transition.command === command && transition.from === from);
}

/**
 * The status to which an event leads. `rest_cancelled` leads to DELIVERED if all parcels have arrived, else to SHIPPED.
 * @param earlier the order's changes before this one.
 */
export function statusAfter(
  event: OrderEventName,
  from: OrderStatus | null,
  earlier: readonly { event: OrderEventName; status?: OrderStatus }[],
): OrderStatus {
  // An order that was imported as PARTIALLY_SHIPPED has a parcel, which has not arrived.
  const nameOf = (one: (typeof earlier)[number]) =>
    one.status === 'PARTIALLY_SHIPPED' ? 'partially_shipped' : one.event;
  const count = (name: OrderEventName) => earlier.filter((one) => nameOf(one) === name).length;
  const transitions = TRANSITIONS.filter((one) => one.event === event && one.from === from);
  const isDelivered = transitions.length > 1 && count('partially_shipped') === count('shipment_delivered');
  const transition = transitions.find(({ to }) => transitions.length === 1 || (to === 'DELIVERED') === isDelivered);
  if (!transition) throw new Error(`no transition from ${from} with ${event}`);
  return transition.to;
}
