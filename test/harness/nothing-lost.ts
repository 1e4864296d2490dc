import { aFreshOrder } from '#libs/orders';
import { type Pipeline, SERVICES } from './pipeline.ts';

/** Expects each accepted order once in the table, and its event once in the queue of each service. */
export async function expectNothingLostOrDuplicated(
  pipeline: Pipeline,
  token: string,
  orderIds: readonly string[],
): Promise<void> {
  await Promise.all(SERVICES.map((service) => pipeline.inboxes[service].waitForOrders(orderIds)));
  // Duplicate events would arrive before the events of these later orders.
  const later = await Promise.all([1, 2, 3].map(() => pipeline.accepted(token, aFreshOrder())));
  await Promise.all(SERVICES.map((service) => pipeline.inboxes[service].waitForOrders(later)));
  for (const service of SERVICES) {
    const inbox = pipeline.inboxes[service];
    const received = inbox.events.map(({ subject }) => subject).filter((orderId) => orderIds.includes(orderId));
    expect(received.toSorted()).toEqual(orderIds.toSorted());
  }
  const stored = (await pipeline.storedOrders())
    .map(({ orderId }) => orderId)
    .filter((orderId) => orderIds.includes(orderId));
  expect(stored.toSorted()).toEqual(orderIds.toSorted());
}
