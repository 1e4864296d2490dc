import { asciiJson } from './json-text.ts';
import { type EventOrigin, lastChange, orderEvent, orderEventId } from './order-event.ts';
import type { OrderVersion } from './order-versions.ts';
import type { HistoryEntry } from './order.ts';

/** The topic's message for a change: the topic keeps the events of one order in order and drops a repeated one. */
export function eventMessageOf({ order, previous }: OrderVersion, origin: EventOrigin, traceparent: string) {
  const event = { ...orderEvent(order, previous, origin), traceparent };
  return {
    groupId: order.orderId,
    deduplicationId: orderEventId(order),
    body: asciiJson(event),
    attributes: { eventType: event.type, channel: order.channel },
  };
}

/** An id of a replay. It precedes the event's id in a deduplication id, which has at most 128 characters. */
export const REPLAY_ID = /^[0-9A-Za-z._-]{1,64}$/;

/** The message for a replay carries the replay's id; only a repetition within that replay is dropped. */
export function replayMessageOf({ order, previous }: OrderVersion, origin: EventOrigin, replay: string) {
  const { data, ...envelope } = orderEvent(order, previous, origin);
  return {
    groupId: order.orderId,
    deduplicationId: `${replay}:${orderEventId(order)}`,
    body: asciiJson({ ...envelope, replay, data }),
    attributes: { eventType: envelope.type, channel: order.channel, replay },
  };
}

/** The history entry of a change; empty for an item that no worker wrote and that has no history. */
export function recordedEntryOf({ order }: OrderVersion): Partial<HistoryEntry> {
  return (Array.isArray(order.history) && lastChange(order)) || {};
}

/** The trace context of a change; undefined where its history has none. */
export function traceparentOf(change: OrderVersion): string | undefined {
  const { traceparent } = recordedEntryOf(change);
  return typeof traceparent === 'string' ? traceparent : undefined;
}
