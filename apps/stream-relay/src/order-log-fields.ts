import { lastChange, type OrderChange, traceparentOf } from '#libs/orders';
import { traceIdOf } from '#libs/service';

/** What the log says of a change, even of one without a history. */
export function logFieldsOf(change: OrderChange) {
  const { orderId, version, history } = change.order;
  const orderEvent = history?.length ? lastChange(change.order).event : undefined;
  return { orderId, version, orderEvent, traceId: traceIdOf(traceparentOf(change)) };
}
