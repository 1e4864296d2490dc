import { fingerprintOf } from './fingerprint.ts';
import { OrderIds } from './order-id.ts';
import type { OrderEventName, OrderStatus, StoredOrder } from './order.ts';
import type { PlaceOrderCommand } from './place-order-command.ts';

/** What the shop decides by. */
export interface PlacementRules {
  /** A wholesale order of this total (minor units of its currency) or more waits for an operator's approval. */
  wholesaleApprovalLimit: number;
}

const EVENT_OF_STATUS: Record<OrderStatus, OrderEventName> = {
  CONFIRMED: 'confirmed',
  AWAITING_APPROVAL: 'awaiting_approval',
};

/**
 * Decides what a request to place an order becomes: version 1 of the order, with its first history entry.
 * @param now ISO 8601, UTC.
 */
export function placeOrder(command: PlaceOrderCommand, rules: PlacementRules, now: string): StoredOrder {
  const { request, orderId, customerId, commandId, receivedAt, traceparent } = command;
  const status = statusOf(command, rules);
  return {
    ...request,
    orderKey: OrderIds.keyOf(orderId),
    orderId,
    customerId,
    status,
    version: 1,
    placedAt: receivedAt,
    updatedAt: now,
    fingerprint: fingerprintOf(request),
    history: [{ version: 1, event: EVENT_OF_STATUS[status], at: now, by: customerId, commandId, traceparent }],
  };
}

function statusOf({ request }: PlaceOrderCommand, { wholesaleApprovalLimit }: PlacementRules): OrderStatus {
  return request.channel === 'WHOLESALE' && request.total >= wholesaleApprovalLimit ? 'AWAITING_APPROVAL' : 'CONFIRMED';
}
