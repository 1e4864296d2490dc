import { Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import type { SubmittedOrder } from '#libs/order-requests';
import { OrderTable } from '#libs/order-store';
import { CallersOnly, CurrentExchange, type Exchange } from '../auth/access.ts';
import { Requires } from '../auth/permissions.ts';
import { bodyBytesOf, readJsonBody } from '../http/json-body.ts';
import { allValid } from '../http/problem.ts';
import { etagOf, readIdempotencyKey, readWaitSeconds } from '../http/request-headers.ts';
import { Turns } from '../http/turns.ts';
import { SELLER_TIME_ZONE } from '../injected.ts';
import { OrderChecking } from './order-checking.ts';
import { OrderPlacement } from './order-placement.ts';
import { OrderReading } from './order-reading.ts';
import { historyView, orderPath, orderView, placedOrderPath } from './order-view.ts';
import { DescribeGet, DescribeHistory, DescribeList, DescribePlace } from './orders.openapi.ts';
import { ordersQueryOf } from './orders-query.ts';
import { OutcomeWait } from './outcome-wait.ts';

/** Places, reads and lists orders. */
@Controller('v1/orders')
@CallersOnly('orders')
export class OrdersController {
  constructor(
    private readonly checking: OrderChecking,
    private readonly placement: OrderPlacement,
    private readonly reading: OrderReading,
    private readonly table: OrderTable,
    private readonly wait: OutcomeWait,
    private readonly turns: Turns,
    @Inject(SELLER_TIME_ZONE) private readonly timeZone: string,
  ) {}

  @Post()
  @Requires('placeOrder')
  @DescribePlace()
  async place(@CurrentExchange() exchange: Exchange) {
    const { caller, request, reply } = exchange;
    this.placement.pricing.mustBeAbleToPlace(caller);
    const { replayed, order } = await this.turns.forBody(caller.subject, bodyBytesOf(request), () =>
      this.accept(exchange),
    );
    const self = placedOrderPath(order);
    const waitSeconds = readWaitSeconds(request.headers.prefer);
    const placed = await this.wait.for(caller, waitSeconds, () => this.placement.placed(order));
    // After the wait, which may find that another request with this key was first.
    void reply.header('location', self);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    if (!placed) {
      void reply.status(202);
      return { ...orderView({ orderId: order.orderId, status: 'PENDING' }), links: { self } };
    }
    void reply.status(201).headers({ etag: etagOf(placed), 'preference-applied': `wait=${waitSeconds}` });
    return orderView(placed);
  }

  @Get(':orderId')
  @Requires('readOrder')
  @DescribeGet()
  async get(
    @CurrentExchange() { caller, reply }: Exchange,
    @Param('orderId') orderId: string,
    @Query('customerId') customerId: unknown,
  ) {
    const order = await this.reading.find(caller, orderId, typeof customerId === 'string' ? customerId : undefined);
    if ('version' in order) void reply.header('etag', etagOf(order));
    return orderView(order);
  }

  @Get(':orderId/history')
  @Requires('readOrder')
  @DescribeHistory()
  async history(@CurrentExchange() { caller }: Exchange, @Param('orderId') orderId: string) {
    const order = await this.reading.find(caller, orderId);
    return { orderId: order.orderId, data: historyView(order, caller), links: { order: orderPath(order.orderId) } };
  }

  @Get()
  @Requires('listOrders')
  @DescribeList()
  async list(@CurrentExchange() { caller }: Exchange, @Query() parameters: Record<string, unknown>) {
    const query = ordersQueryOf(caller, parameters, this.timeZone);
    const { data, nextCursor } = await this.table.list(query);
    return { data: data.map((order) => ({ ...order, links: { self: orderPath(order.orderId) } })), nextCursor };
  }

  /** Resolves when the order is durable. */
  private async accept({ caller, bill, request }: Exchange) {
    const { idempotencyKey, submitted } = allValid<{ idempotencyKey: string; submitted: SubmittedOrder }>({
      idempotencyKey: readIdempotencyKey(request.headers['idempotency-key']),
      submitted: await this.checking.check(bill, readJsonBody(request)),
    });
    const order = this.placement.requested(caller, idempotencyKey, submitted);
    request.orderId = order.orderId;
    const { orderId, replayed } = await this.placement.place(order, bill, request.traceparent);
    request.orderId = orderId;
    return { replayed, order: { ...order, orderId } };
  }
}
