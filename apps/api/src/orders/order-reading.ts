import { Injectable } from '@nestjs/common';
import { OrderTable } from '#libs/order-store';
import { type Caller, isOrderId, may, OrderIds, type StoredOrder } from '#libs/orders';
import { Problem } from '../http/problem.ts';

/** An accepted order on which the worker has not decided yet. */
export interface PendingOrder {
  orderId: string;
  status: 'PENDING';
}

/** Reads orders for callers who may see them. */
@Injectable()
export class OrderReading {
  constructor(
    private readonly orderIds: OrderIds,
    private readonly table: OrderTable,
  ) {}

  /** @throws Problem `not-found`, the same for another customer's order and for an id that was never issued. */
  async find(caller: Caller, orderId: string): Promise<StoredOrder | PendingOrder> {
    const isOwn = this.isOwn(caller, orderId);
    if (!isOwn && !(isOrderId(orderId) && may(caller, 'readOrder', false))) throw notFound(orderId);
    const order = await this.table.find(OrderIds.keyOf(orderId));
    // Only the customer may have an id that an older signing key has signed.
    if (order && (isOwn || order.orderId === orderId)) return order;
    if (isOwn) return { orderId, status: 'PENDING' };
    throw notFound(orderId);
  }

  /** Whether this service issued the id to this caller, who therefore placed the order. */
  isOwn(caller: Caller, orderId: string): boolean {
    return this.orderIds.wasIssuedTo(orderId, caller.subject);
  }
}

export function isPending(order: StoredOrder | PendingOrder): order is PendingOrder {
  return order.status === 'PENDING';
}

function notFound(orderId: string): Problem {
  return new Problem('not-found', `there is no order ${orderId.slice(0, 64)} for this caller`);
}
