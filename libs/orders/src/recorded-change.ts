import { asciiJson } from './ascii-json.ts';
import { type EventOrigin, lastChange, orderEvent, orderEventId } from './order-event.ts';
import type { OrderVersion } from './order-versions.ts';
import type { HistoryEntry, StoredOrder } from './order.ts';

/** One committed change of an order, read out of a stream record. */
export interface OrderChange {
  order: StoredOrder;
  previous: StoredOrder | undefined;
}

/** The message of the topic that tells a change: events of one order stay in order, a repeated one is dropped. */
export function eventMessageOf({ order, previous }: OrderVersion, origin: EventOrigin, traceparent: string) {
  const event = { ...orderEvent(order, previous, origin), traceparent };
  return {
    groupId: order.orderId,
    deduplicationId: orderEventId(order),
    body: asciiJson(event),
    attributes: { eventType: event.type, channel: order.channel },
  };
}

/** The same message for a replay: marked by its id, and dropped as a repetition of that replay alone. */
export function replayMessageOf({ order, previous }: OrderVersion, origin: EventOrigin, replay: string) {
  const { data, ...envelope } = orderEvent(order, previous, origin);
  return {
    groupId: order.orderId,
    deduplicationId: `${replay}:${orderEventId(order)}`,
    body: asciiJson({ ...envelope, replay, data }),
    attributes: { eventType: envelope.type, channel: order.channel, replay },
  };
}

/** What the history says of a change; nothing where no worker wrote the order, and its history is none. */
export function recordedEntryOf({ order }: OrderChange): Partial<HistoryEntry> {
  return (Array.isArray(order.history) && lastChange(order)) || {};
}

/** The trace of a change, where its history tells one. */
export function traceparentOf(change: OrderChange): string | undefined {
  const { traceparent } = recordedEntryOf(change);
  return typeof traceparent === 'string' ? traceparent : undefined;
}
