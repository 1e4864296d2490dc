import type { Order } from '#libs/order-events';
import { type CommandName, type OrdersClient, ProblemError } from '#libs/orders-client';

/** What the warehouse does next with an order. */
interface Step {
  command: CommandName;
  shipmentId?: string;
  body?: object;
}

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

/** Packs the first line into a parcel, and all other lines into a second one. */
function nextParcel({ orderId, lineItems, shipments }: Order): object {
  const isFirst = shipments.length === 0;
  const lines = isFirst ? lineItems.slice(0, 1) : lineItems.slice(1);
  return {
    carrier: 'DHL',
    trackingNumber: `${orderId}-${shipments.length + 1}`,
    items: lines.map(({ lineNumber, quantity }) => ({ lineNumber, quantity })),
  };
}

/** Carries out a step. Returns the reason if the order refuses it, such as after a cancellation: nothing is left to do then. */
export async function carryOut(client: OrdersClient, order: Order, step: Step): Promise<string | undefined> {
  const { command, ...input } = step;
  const { orderId, version } = order;
  try {
    // The key names the event, so that a repetition of it ships nothing twice.
    await client.change(command, `${orderId}-${version}`, { orderId, ...input });
    return undefined;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'conflict') return error.problem.detail;
    throw error;
  }
}
