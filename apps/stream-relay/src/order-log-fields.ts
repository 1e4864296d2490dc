import { type OrderChange, recordedEntryOf, traceparentOf } from '#libs/orders';
import { traceIdOf } from '#libs/service';

/** What the log says of a change, even of one without a history. */
export function logFieldsOf(change: OrderChange) {
  const { orderId, version } = change.order;
  const { event } = recordedEntryOf(change);
  return { orderId, version, orderEvent: event, traceId: traceIdOf(traceparentOf(change)) };
}
