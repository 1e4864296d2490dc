import { aFreshOrder, placeOrder, type StoredOrder } from '#libs/orders';
import { aPlaceOrderCommand, shopRules } from '../../libs/orders/src/testing/order-factory.ts';

/* Orders that a test writes into the table without the worker. */

export function anOrder(): StoredOrder {
  const command = aPlaceOrderCommand({ request: aFreshOrder() });
  return placeOrder(command, shopRules(), command.receivedAt);
}

/** An invalid order, which the worker never writes: the relay makes an event from the last change of the history. */
export function withoutHistory({ history: _history, ...order }: StoredOrder): Partial<StoredOrder> {
  return order;
}

export function inVersion(order: StoredOrder, version: number): StoredOrder {
  return { ...order, version, history: order.history.map((change) => ({ ...change, version })) };
}
