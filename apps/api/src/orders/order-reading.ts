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

  /**
   * @param customerId see `wasIssuedTo`
   * @throws Problem `not-found`, the same for another customer's order and for an id that was never issued.
   */
  async find(caller: Caller, orderId: string, customerId?: string): Promise<StoredOrder | PendingOrder> {
    if (!isOrderId(orderId)) throw notFound(orderId);
    const isIssued = this.wasIssuedTo(caller, orderId, customerId);
    const order = await this.table.find(OrderIds.keyOf(orderId));
    // A key that was withdrawn may have signed the id, and another key an id with the same key in the table.
    if (order && (isIssued || order.orderId === orderId) && mayRead(caller, order)) return order;
    if (!order && isIssued) return { orderId, status: 'PENDING' };
    throw notFound(orderId);
  }

  /**
   * Whether one of the present signing keys has signed the id for this caller. Only the stored order shows whose order it is.
   * @param customerId for a checkout, whom it placed the order for
   */
  wasIssuedTo(caller: Caller, orderId: string, customerId?: string): boolean {
    const isCheckout = may(caller, 'placeOrder', false);
    return this.orderIds.wasIssuedTo(orderId, isCheckout && customerId !== undefined ? customerId : caller.subject);
  }
}

export function mayRead(caller: Caller, { customerId }: StoredOrder): boolean {
  return may(caller, 'readOrder', customerId === caller.subject);
}

export function isPending(order: StoredOrder | PendingOrder): order is PendingOrder {
  return order.status === 'PENDING';
}

function notFound(orderId: string): Problem {
  return new Problem('not-found', `there is no order ${orderId.slice(0, 64)} for this caller`);
}
