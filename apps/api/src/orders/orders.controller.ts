import { Controller, Get, Param, Post, Query, UseGuards } from '@nestjs/common';
import { OrderTable } from '#libs/order-store';
import type { Caller } from '#libs/orders';
import { AuthGuard, CurrentCaller } from '../auth/auth.guard.ts';
import { CurrentExchange, type Exchange } from '../http/exchange.ts';
import { RateLimitGuard } from '../http/rate-limit.guard.ts';
import { etagOf, readWaitSeconds } from '../http/request-headers.ts';
import { historyView } from './order-history.ts';
import { OrderPlacement } from './order-placement.ts';
import { OrderReading } from './order-reading.ts';
import { orderPath, orderView } from './order-view.ts';
import { DescribeGet, DescribeHistory, DescribeList, DescribePlace, DescribeOrders } from './orders.openapi.ts';
import { ordersQueryOf } from './orders-query.ts';
import { OutcomeWait } from './outcome-wait.ts';
import { checkPlacementInput, mustBeAllowedToPlace } from './placement-input.ts';

@Controller('v1/orders')
@UseGuards(AuthGuard, RateLimitGuard)
@DescribeOrders()
export class OrdersController {
  constructor(
    private readonly placement: OrderPlacement,
    private readonly reading: OrderReading,
    private readonly table: OrderTable,
    private readonly wait: OutcomeWait,
  ) {}

  @Post()
  @DescribePlace()
  async place(@CurrentExchange() { caller, request, reply }: Exchange) {
    const { idempotencyKey, order } = checkPlacementInput(request.headers['idempotency-key'], request.body);
    mustBeAllowedToPlace(caller, order);
    const newId = this.placement.idFor(caller, idempotencyKey);
    request.orderId = newId;
    const { orderId, replayed } = await this.placement.place(caller, newId, order, request.traceparent);
    request.orderId = orderId;
    void reply.header('location', orderPath(orderId));
    if (replayed) void reply.header('idempotency-replayed', 'true');
    const waitSeconds = readWaitSeconds(request.headers['prefer']);
    const placed = await this.wait.for(waitSeconds, () => this.placement.placed(orderId, order));
    if (!placed) {
      void reply.status(202);
      return orderView({ orderId, status: 'PENDING' });
    }
    void reply.status(201).headers({ etag: etagOf(placed), 'preference-applied': `wait=${waitSeconds}` });
    return orderView(placed);
  }

  @Get(':orderId')
  @DescribeGet()
  async get(@CurrentExchange() { caller, request, reply }: Exchange, @Param('orderId') orderId: string) {
    const order = await this.reading.find(caller, orderId);
    request.orderId = order.orderId;
    if ('version' in order) void reply.header('etag', etagOf(order));
    return orderView(order);
  }

  @Get(':orderId/history')
  @DescribeHistory()
  async history(@CurrentCaller() caller: Caller, @Param('orderId') orderId: string) {
    const order = await this.reading.find(caller, orderId);
    return { orderId: order.orderId, data: historyView(order, caller), links: { order: orderPath(order.orderId) } };
  }

  @Get()
  @DescribeList()
  async list(@CurrentCaller() caller: Caller, @Query() parameters: Record<string, unknown>) {
    const { data, nextCursor } = await this.table.list(ordersQueryOf(caller, parameters));
    return { data: data.map((order) => ({ ...order, links: { self: orderPath(order.orderId) } })), nextCursor };
  }
}
