import { Readable } from 'node:stream';
import { Controller, Get, Param, Post } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { BatchRow } from '#libs/order-requests';
import { OrderBatchTable } from '#libs/order-store';
import { CallersOnly, CurrentExchange, type Exchange, mustBeAllowed } from '../auth/access.ts';
import { allValid, Problem } from '../http/problem.ts';
import { readIdempotencyKey } from '../http/request-headers.ts';
import { orderPath } from '../orders/order-view.ts';
import { BATCHES_PATH, isArrayBody, mustNotBeTooLarge } from './batch-body.ts';
import { DescribeGetBatch, DescribePlaceBatch } from './batches.openapi.ts';
import { batchPath, OrderBatching } from './order-batching.ts';

/** Places many orders at once, for wholesale customers. */
@Controller(BATCHES_PATH)
@CallersOnly('batches')
export class BatchesController {
  constructor(
    private readonly batching: OrderBatching,
    private readonly batches: OrderBatchTable,
  ) {}

  @Post()
  @DescribePlaceBatch()
  async place(@CurrentExchange() { caller, request, reply }: Exchange) {
    mustBeAllowed(caller, 'placeOrderBatch');
    const { idempotencyKey } = allValid<{ idempotencyKey: string }>({
      idempotencyKey: readIdempotencyKey(request.headers['idempotency-key']),
    });
    mustNotBeTooLarge(request);
    const body = (request.body ?? Readable.from([])) as Readable;
    const { traceparent } = request;
    const accepted = await this.batching
      .accept(caller, { idempotencyKey, body, isArray: isArrayBody(request), traceparent })
      .finally(() => skipRest(body, reply));
    const self = batchPath(accepted.batchId);
    void reply.status(202).header('location', self);
    return { ...accepted, status: 'PENDING', links: { self } };
  }

  @Get(':batchId')
  @DescribeGetBatch()
  async get(@CurrentExchange() { caller }: Exchange, @Param('batchId') batchId: string) {
    mustBeAllowed(caller, 'placeOrderBatch');
    if (!this.batching.isOwn(caller, batchId)) {
      throw new Problem('not-found', `there is no batch ${batchId.slice(0, 64)} of this caller`);
    }
    const { totals, rows } = (await this.batches.find(batchId)) ?? { rows: [] };
    const status = totals ? 'COMPLETE' : 'PENDING';
    return { batchId, status, ...totals, data: rows.map(rowView), links: { self: batchPath(batchId) } };
  }
}

/** Reads and drops the rest of the body, which would otherwise precede the connection's next request. */
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
