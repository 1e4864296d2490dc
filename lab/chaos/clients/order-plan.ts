/** What becomes of an order after it was accepted. */
export type OrderPlan = 'kept' | 'cancelled' | 'delivered';

/**
 * Told by the last character of the order id, which is as good as chance: so whoever sees an event of an order knows its
 * plan, also of an order whose 202 never arrived. 3 of 32 are cancelled by their customers, 3 of 32 go all the way.
 */
export function orderPlanOf(orderId: string): OrderPlan {
  const last = orderId.at(-1) ?? '';
  if ('ABC'.includes(last)) return 'cancelled';
  return 'XYZ'.includes(last) ? 'delivered' : 'kept';
}
