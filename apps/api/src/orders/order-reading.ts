import { Injectable } from '@nestjs/common';
import { OrderTable } from '#libs/order-store';
import { type Caller, isOrderId, may, mayAtAll, OrderIds, type Permission, type StoredOrder } from '#libs/orders';
import { Problem } from '../http/problem.ts';

/** An order that was accepted and not yet decided. */
export interface PendingOrder {
  orderId: string;
  status: 'PENDING';
}

/** Which orders a caller may see. */
@Injectable()
export class OrderReading {
  constructor(
    private readonly orderIds: OrderIds,
    private readonly table: OrderTable,
  ) {}

  /** @throws Problem `not-found`, the same for an order of someone else and for an id never issued. */
  async find(caller: Caller, orderId: string): Promise<StoredOrder | PendingOrder> {
    mustBeAllowed(caller, 'readOrder');
    const isOwn = this.isOwn(caller, orderId);
    if (!isOwn && !(isOrderId(orderId) && may(caller, 'readOrder', false))) throw notFound(orderId);
    const order = await this.table.find(OrderIds.keyOf(orderId));
    // Only its customer knows an order by an id of an older signing key.
    if (order && (isOwn || order.orderId === orderId)) return order;
    if (isOwn) return { orderId, status: 'PENDING' };
    throw notFound(orderId);
  }

  /** Whether this service gave the id to this caller, who thus has placed the order. */
  isOwn(caller: Caller, orderId: string): boolean {
    return this.orderIds.wasIssuedTo(orderId, caller.subject);
  }
}

export function isPending(order: StoredOrder | PendingOrder): order is PendingOrder {
  return order.status === 'PENDING';
}

/** @throws Problem `forbidden` when there is no order with which the caller's roles allow this. */
export function mustBeAllowed(caller: Caller, permission: Permission): void {
  if (mayAtAll(caller, permission)) return;
  throw new Problem('forbidden', `the roles of this caller do not allow ${permission}`);
}

export function notFound(orderId: string): Problem {
  return new Problem('not-found', `there is no order ${orderId.slice(0, 64)} for this caller`);
}
