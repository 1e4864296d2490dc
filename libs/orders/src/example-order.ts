import { randomUUID } from 'node:crypto';

const ADDRESS = { name: 'Ada Byron', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' };

/** The order that documentation shows. Its payment pays one order, so whoever places orders uses `aFreshOrder`. */
export const EXAMPLE_ORDER = {
  channel: 'RETAIL' as const,
  currency: 'EUR',
  lineItems: [{ sku: 'CLN-GLASS-750', name: 'Glass cleaner 750 ml', quantity: 2, unitPrice: 1299 }],
  discount: 0,
  shipping: 490,
  tax: 0,
  total: 3088,
  shippingAddress: ADDRESS,
  billingAddress: ADDRESS,
  payment: { provider: 'stripe', reference: 'pi_3Nx', amount: 3088 },
};

/** The example with a payment of its own. */
export function aFreshOrder(reference?: string): typeof EXAMPLE_ORDER {
  return withFreshPayment(EXAMPLE_ORDER, reference);
}

/** The same order with a payment reference of its own. */
export function withFreshPayment<Order extends { readonly payment: object }>(
  order: Order,
  reference: string = `pi_3Nx-${randomUUID()}`,
): Order {
  return { ...order, payment: { ...order.payment, reference } };
}
