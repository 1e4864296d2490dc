import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ChangeRecord } from '#libs/dynamodb-streams';
import { asciiJson, type EventOrigin, lastChange, orderEvent, orderEventId, type StoredOrder } from '#libs/orders';
import { traceIdOf } from '#libs/service';

/** One committed change of an order, read out of a stream record. */
export interface OrderChange {
  order: StoredOrder;
  previous: StoredOrder | undefined;
}

/** Undefined for a record that tells no change: a removal, or an update that left the version as it was. */
export function orderChangeOf({ newImage, oldImage }: ChangeRecord): OrderChange | undefined {
  if (!newImage) return undefined;
  const order = unmarshall(newImage) as StoredOrder;
  const previous = oldImage && (unmarshall(oldImage) as StoredOrder);
  return order.version === previous?.version ? undefined : { order, previous };
}

/** The message of the topic that tells a change: events of one order stay in order, a repeated one is dropped. */
export function eventMessageOf({ order, previous }: OrderChange, origin: EventOrigin, traceparent: string) {
  const event = { ...orderEvent(order, previous, origin), traceparent };
  return {
    groupId: order.orderId,
    deduplicationId: orderEventId(order),
    body: asciiJson(event),
    attributes: { eventType: event.type, channel: order.channel },
  };
}

/** The trace of a change; undefined of one that no event can be made of for want of a history. */
export function traceparentOf({ order }: OrderChange): string | undefined {
  return order.history?.length ? lastChange(order).traceparent : undefined;
}

/** What the log says of a change, even of one without a history. */
export function logFieldsOf(change: OrderChange) {
  const { orderId, version, history } = change.order;
  const orderEvent = history?.length ? lastChange(change.order).event : undefined;
  return { orderId, version, orderEvent, traceId: traceIdOf(traceparentOf(change)) };
}
