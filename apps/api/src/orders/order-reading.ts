import { Injectable } from '@nestjs/common';
import { isOrderId, type Order, OrderIds, type OrderPage, OrderTable, publicOrder } from '#libs/orders';
import { type Caller, may } from '../auth/roles.ts';
import { Problem } from '../http/problem.ts';

/** An order that was accepted and not yet decided. */
export interface PendingOrder {
  orderId: string;
  status: 'PENDING';
}

/** What callers may see of orders. */
@Injectable()
export class OrderReading {
  constructor(
    private readonly orderIds: OrderIds,
    private readonly table: OrderTable,
  ) {}

  /** @throws Problem `not-found`, the same for an order of someone else and for an id never issued. */
  async get(caller: Caller, orderId: string): Promise<Order | PendingOrder> {
    const issuedToCaller = this.orderIds.wasIssuedTo(orderId, caller.subject);
    if (!issuedToCaller && !(isOrderId(orderId) && may(caller, 'readAnyOrder'))) throw notFound(orderId);
    const order = await this.table.find(OrderIds.keyOf(orderId));
    // Only its customer knows an order by an id of an older signing key.
    if (order && (issuedToCaller || order.orderId === orderId)) return publicOrder(order);
    if (issuedToCaller) return { orderId, status: 'PENDING' };
    throw notFound(orderId);
  }

  list(caller: Caller, limit: number, cursor: string | undefined): Promise<OrderPage> {
    return this.table.listByCustomer(caller.subject, limit, cursor);
  }
}

function notFound(orderId: string): Problem {
  return new Problem('not-found', `there is no order ${orderId.slice(0, 64)} for this caller`);
}
