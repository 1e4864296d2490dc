import { Readable } from 'node:stream';
import { Controller, Get, Param, Post, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { BatchRow } from '#libs/order-requests';
import { OrderBatchTable } from '#libs/order-store';
import type { Caller } from '#libs/orders';
import { AuthGuard, CurrentCaller } from '../auth/auth.guard.ts';
import { CurrentExchange, type Exchange } from '../http/exchange.ts';
import { invalidRequest, Problem } from '../http/problem.ts';
import { RateLimitGuard } from '../http/rate-limit.guard.ts';
import { readIdempotencyKey } from '../http/request-headers.ts';
import { mustBeAllowed } from '../orders/order-reading.ts';
import { orderPath } from '../orders/order-view.ts';
import { MAX_BATCH_BYTES } from './batch-rows.ts';
import { BATCHES_PATH, isArrayBody } from './batch-body.ts';
import { DescribeBatches, DescribeGetBatch, DescribePlaceBatch } from './order-batches.openapi.ts';
import { batchPath, OrderBatching } from './order-batching.ts';

/** Many orders at once, for buyers in bulk. */
@Controller(BATCHES_PATH)
@UseGuards(AuthGuard, RateLimitGuard)
@DescribeBatches()
export class OrderBatchesController {
  constructor(
    private readonly batching: OrderBatching,
    private readonly batches: OrderBatchTable,
  ) {}

  @Post()
  @DescribePlaceBatch()
  async place(@CurrentExchange() { caller, request, reply }: Exchange) {
    mustBeAllowed(caller, 'placeOrderBatch');
    const read = readIdempotencyKey(request.headers['idempotency-key']);
    if ('fault' in read) throw invalidRequest([read.fault]);
    if (Number(request.headers['content-length'] ?? 0) > MAX_BATCH_BYTES) {
      throw new Problem('too-large', `the batch is over ${MAX_BATCH_BYTES / 1_024 / 1_024} MiB`);
    }
    const body = (request.body ?? Readable.from([])) as Readable;
    const isArray = isArrayBody(request);
    const { traceparent } = request;
    const accepted = await this.batching
      .accept(caller, { idempotencyKey: read.key, body, isArray, traceparent })
      .finally(() => skipRest(body, reply));
    const self = batchPath(accepted.batchId);
    void reply.status(202).header('location', self);
    return { ...accepted, status: 'PENDING', links: { self } };
  }

  @Get(':batchId')
  @DescribeGetBatch()
  async get(@CurrentCaller() caller: Caller, @Param('batchId') batchId: string) {
    mustBeAllowed(caller, 'placeOrderBatch');
    if (!this.batching.isOwn(caller, batchId)) {
      throw new Problem('not-found', `there is no batch ${batchId.slice(0, 64)} of this caller`);
    }
    const { totals, rows } = (await this.batches.find(batchId)) ?? { rows: [] };
    const status = totals ? 'COMPLETE' : 'PENDING';
    return { batchId, status, ...totals, data: rows.map(rowView), links: { self: batchPath(batchId) } };
  }
}

/** What was not read must not stand before the next request of this connection. */
function skipRest(body: Readable, reply: FastifyReply): void {
  if (body.readableEnded) return;
  void reply.header('connection', 'close');
  body.resume();
}

function rowView({ row, orderId, problem }: BatchRow) {
  return orderId === undefined
    ? { row, status: 'REFUSED', problem }
    : { row, status: 'ACCEPTED', orderId, links: { order: orderPath(orderId) } };
}
