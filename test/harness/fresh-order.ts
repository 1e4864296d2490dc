import { randomUUID } from 'node:crypto';
import { EXAMPLE_ORDER } from '#libs/orders';

/* Generated orders: no two of them are paid with the same payment. Plain Node loads this file. */

/** A valid order of its own. */
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
