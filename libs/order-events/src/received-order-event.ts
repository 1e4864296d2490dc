import type { OrderEvent, OrderEventData, OrderEventName, OrderStatus } from '#libs/orders';

const ONCE_SHIPPED = ['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'] as const;

/** The names of the events, and the statuses that an order can have after each. */
export const STATUSES_AFTER = {
  awaiting_approval: ['AWAITING_APPROVAL'],
  confirmed: ['CONFIRMED'],
  rejected: ['REJECTED'],
  cancelled: ['CANCELLED'],
  fulfillment_started: ['IN_FULFILLMENT'],
  partially_shipped: ['PARTIALLY_SHIPPED'],
  shipped: ['SHIPPED'],
  shipment_delivered: ['PARTIALLY_SHIPPED', 'SHIPPED'],
  delivered: ['DELIVERED'],
  return_requested: ONCE_SHIPPED,
  return_approved: ONCE_SHIPPED,
  return_declined: ONCE_SHIPPED,
  return_received: ONCE_SHIPPED,
  return_closed: ONCE_SHIPPED,
} as const satisfies Record<OrderEventName, readonly OrderStatus[]>;

/** An event of one name, checked by `readOrderEvent`. */
export interface ReceivedEvent<Name extends OrderEventName> {
  /** What happened, e.g. `shipped` for the type `com.example.orders.order.shipped.v1`. */
  eventName: Name;
  orderId: string;
  /** The order's version after this event; counts the order's changes, from 1. The number in `sequence`. */
  version: number;
  /** The whole order as it is after this event, without payment details. Amounts in minor units of `currency`. */
  order: OrderEventData['order'] & { status: (typeof STATUSES_AFTER)[Name][number] };
  /** The status before this event; null for the order's first event. */
  previousStatus: OrderStatus | null;
  /** Only in a replayed event: the id of the replay. Nothing happened to the order now. */
  replay?: string;
  /** The CloudEvent as received, with `time` (ISO 8601, UTC) and `traceparent` (W3C trace context). */
  event: OrderEvent;
}

/** Any event of an order. A `switch` over `eventName` narrows it. */
export type ReceivedOrderEvent = { [Name in OrderEventName]: ReceivedEvent<Name> }[OrderEventName];
