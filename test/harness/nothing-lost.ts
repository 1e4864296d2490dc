import { aFreshOrder } from './fresh-order.ts';
import { type Pipeline, SERVICES } from './pipeline.ts';

/** Each accepted order is in the table once, and each service received its event once. */
export async function expectNothingLostOrDoubled(
  pipeline: Pipeline,
  token: string,
  orderIds: readonly string[],
): Promise<void> {
  await Promise.all(SERVICES.map((service) => pipeline.inboxes[service].untilTold(orderIds)));
  // A doubled event would have come before those of orders placed only now.
  const later = await Promise.all([1, 2, 3].map(() => pipeline.accepted(token, aFreshOrder())));
  await Promise.all(SERVICES.map((service) => pipeline.inboxes[service].untilTold(later)));
  for (const service of SERVICES) {
    const inbox = pipeline.inboxes[service];
    const told = inbox.events.map(({ subject }) => subject).filter((orderId) => orderIds.includes(orderId));
    expect(told.toSorted()).toEqual(orderIds.toSorted());
  }
  const stored = (await pipeline.storedOrders())
    .map(({ orderId }) => orderId)
    .filter((orderId) => orderIds.includes(orderId));
  expect(stored.toSorted()).toEqual(orderIds.toSorted());
}
