import { placeOrder, type StoredOrder } from '#libs/orders';
import { aPlaceOrderCommand, shopRules } from '../../libs/orders/src/testing/order-factory.ts';
import { aFreshOrder } from './fresh-order.ts';

/* Orders that a test writes into the table itself, past the worker. */

export function anOrder(): StoredOrder {
  const command = aPlaceOrderCommand({ request: aFreshOrder() });
  return placeOrder(command, shopRules(), command.receivedAt);
}

/** As no worker writes it: an event is made from the last change of the history. */
export function withoutHistory({ history: _history, ...order }: StoredOrder): Partial<StoredOrder> {
  return order;
}

export function inVersion(order: StoredOrder, version: number): StoredOrder {
  return { ...order, version, history: order.history.map((change) => ({ ...change, version })) };
}
