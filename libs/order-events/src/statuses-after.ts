// Written by npm run schemas, from the transitions of libs/orders/src/order-lifecycle.ts.

/** The names of the events, and the statuses that an order can have after each. */
export const STATUSES_AFTER = {
  awaiting_approval: ['AWAITING_APPROVAL'],
  confirmed: ['CONFIRMED'],
  rejected: ['REJECTED'],
  cancelled: ['CANCELLED'],
  fulfillment_started: ['IN_FULFILLMENT'],
  partially_shipped: ['PARTIALLY_SHIPPED'],
  rest_cancelled: ['SHIPPED', 'DELIVERED'],
  shipped: ['SHIPPED'],
  shipment_delivered: ['PARTIALLY_SHIPPED', 'SHIPPED'],
  delivered: ['DELIVERED'],
  return_requested: ['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'],
  return_approved: ['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'],
  return_declined: ['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'],
  return_received: ['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'],
  return_closed: ['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'],
  imported: [
    'AWAITING_APPROVAL',
    'CONFIRMED',
    'REJECTED',
    'CANCELLED',
    'IN_FULFILLMENT',
    'PARTIALLY_SHIPPED',
    'SHIPPED',
    'DELIVERED',
  ],
} as const;
