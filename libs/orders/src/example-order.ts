const ADDRESS = { name: 'Ada Byron', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE' };

/** The order that documentation, tools and tests show. */
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
