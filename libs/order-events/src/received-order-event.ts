import type { Order, OrderEvent } from './order-event.ts';
import type { STATUSES_AFTER } from './statuses-after.ts';

/** What happened to an order. */
export type OrderEventName = keyof typeof STATUSES_AFTER;

/** An event of one name, checked by `readOrderEvent`. */
export interface ReceivedEvent<Name extends OrderEventName> {
  /** What happened, e.g. `shipped` for the type `com.example.orders.order.shipped.v1`. */
  eventName: Name;
  orderId: string;
  /** The order's version after this event; counts the order's changes, from 1. The number in `sequence`. */
  version: number;
  /** The whole order as it is after this event, without payment details. Amounts in minor units of `currency`. */
  order: Order & { status: (typeof STATUSES_AFTER)[Name][number] };
  /** The status before this event; null for the order's first event. */
  previousStatus: OrderEvent['data']['previousStatus'];
  /** Only in a replayed event: the id of the replay. Nothing happened to the order now. */
  replay?: string;
  /** The CloudEvent as received, with `time` (ISO 8601, UTC) and `traceparent` (W3C trace context). */
  event: OrderEvent;
}

/** Any event of an order. A `switch` over `eventName` narrows it. */
export type ReceivedOrderEvent = { [Name in OrderEventName]: ReceivedEvent<Name> }[OrderEventName];
