import type { Order } from '#libs/order-events';
import { type CommandRequest, type OrdersClient, ProblemError } from '#libs/orders-client';

/** What the warehouse does next with an order. */
type Step =
  | { command: 'startFulfillment' }
  | { command: 'createShipment'; body: CommandRequest<'createShipment'>['body'] }
  | { command: 'deliverShipment'; shipmentId: string };

/** Everything follows from the order as it is: a repeated event leads to the same step, which then changes nothing. */
export function nextStep(order: Order): Step | undefined {
  if (order.status === 'CONFIRMED') return { command: 'startFulfillment' };
  if (order.status === 'IN_FULFILLMENT' || order.status === 'PARTIALLY_SHIPPED') {
    return { command: 'createShipment', body: nextParcel(order) };
  }
  const onTheWay = order.shipments.find(({ deliveredAt }) => deliveredAt === undefined);
  if (order.status !== 'SHIPPED' || !onTheWay) return undefined;
  return { command: 'deliverShipment', shipmentId: onTheWay.shipmentId };
}

/** Packs the first line into a parcel, and all that is left into a second one. */
function nextParcel({ orderId, lineItems, shipments }: Order): CommandRequest<'createShipment'>['body'] {
  const shipped = shipments.flatMap(({ items }) => items);
  const left = lineItems.flatMap(({ lineNumber, quantity }) => {
    const isOfLine = (item: (typeof shipped)[number]) => item.lineNumber === lineNumber;
    const rest = shipped.filter(isOfLine).reduce((sum, item) => sum - item.quantity, quantity);
    return rest > 0 ? [{ lineNumber, quantity: rest }] : [];
  });
  const items = shipments.length === 0 ? left.slice(0, 1) : left;
  return { carrier: 'DHL', trackingNumber: `${orderId}-${shipments.length + 1}`, items };
}

/** Carries out a step. Returns the reason if the order refuses it, such as after a cancellation: nothing is left to do then. */
export async function carryOut(client: OrdersClient, order: Order, step: Step): Promise<string | undefined> {
  const { orderId, version } = order;
  // The key names the event, so that a repetition of it ships nothing twice.
  const key = `${orderId}-${version}`;
  try {
    switch (step.command) {
      case 'startFulfillment':
        await client.change(step.command, key, { orderId });
        break;
      case 'createShipment':
        await client.change(step.command, key, { orderId, body: step.body });
        break;
      case 'deliverShipment':
        await client.change(step.command, key, { orderId, shipmentId: step.shipmentId });
    }
    return undefined;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'conflict') return error.problem.detail;
    throw error;
  }
}
