import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OrderRequest } from '#libs/orders';
import { AuthGuard, CurrentCaller } from '../auth/auth.guard.ts';
import { type Caller, may } from '../auth/roles.ts';
import { Problem } from '../http/problem.ts';
import { RateLimitGuard } from '../http/rate-limit.guard.ts';
import { OrderPlacement } from './order-placement.ts';
import { OrderReading } from './order-reading.ts';
import { DescribeGet, DescribeList, DescribePlace, DescribeOrders } from './orders.openapi.ts';
import { type PageQuery, PageQueryPipe } from './page-query.ts';
import { checkPlacementInput } from './placement-input.ts';

@Controller('v1/orders')
@UseGuards(AuthGuard, RateLimitGuard)
@DescribeOrders()
export class OrdersController {
  constructor(
    private readonly placement: OrderPlacement,
    private readonly reading: OrderReading,
  ) {}

  @Post()
  @HttpCode(202)
  @DescribePlace()
  async place(
    @CurrentCaller() caller: Caller,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { idempotencyKey, order } = checkPlacementInput(request.headers['idempotency-key'], body);
    mustBeAllowedToPlace(caller, order);
    request.orderId = this.placement.idFor(caller, idempotencyKey);
    const { orderId, replayed } = await this.placement.place(caller, idempotencyKey, order, request.traceparent);
    request.orderId = orderId;
    const self = linkTo(orderId);
    void reply.header('location', self);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return { orderId, status: 'PENDING', links: { self } };
  }

  @Get(':orderId')
  @DescribeGet()
  async get(
    @CurrentCaller() caller: Caller,
    @Param('orderId') orderId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const order = await this.reading.get(caller, orderId);
    request.orderId = order.orderId;
    if ('version' in order) void reply.header('etag', `"${order.version}"`);
    return { ...order, links: { self: linkTo(order.orderId) } };
  }

  @Get()
  @DescribeList()
  async list(@CurrentCaller() caller: Caller, @Query(PageQueryPipe) { limit, cursor }: PageQuery) {
    const { data, nextCursor } = await this.reading.list(caller, limit, cursor);
    return { data: data.map((order) => ({ ...order, links: { self: linkTo(order.orderId) } })), nextCursor };
  }
}

function mustBeAllowedToPlace(caller: Caller, { channel }: OrderRequest): void {
  if (may(caller, channel === 'WHOLESALE' ? 'placeWholesaleOrder' : 'placeRetailOrder')) return;
  throw new Problem('forbidden', `the roles of this caller do not allow it to place a ${channel} order`);
}

function linkTo(orderId: string): string {
  return `/v1/orders/${orderId}`;
}
