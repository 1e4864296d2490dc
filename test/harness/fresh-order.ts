import { randomUUID } from 'node:crypto';
import { EXAMPLE_ORDER } from '#libs/orders';

/* Generated orders, each with a payment of its own. Plain Node loads this file. */

/** A valid order. */
export function aFreshOrder(reference?: string): typeof EXAMPLE_ORDER {
  return withFreshPayment(EXAMPLE_ORDER, reference);
}

/** The same order with a payment reference of its own. */
export function withFreshPayment<Order extends { readonly payment: object }>(
  order: Order,
  reference: string = randomUUID(),
): Order {
  return { ...order, payment: { ...order.payment, reference } };
}
