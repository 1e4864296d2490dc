import { Readable } from 'node:stream';
import { applyDecorators, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam } from '@nestjs/swagger';
import { type BatchRow, MAX_BATCH_ROWS } from '#libs/order-requests';
import { OrderBatchTable } from '#libs/order-store';
import { CallersOnly, CurrentExchange, type Exchange } from '../auth/access.ts';
import { Requires } from '../auth/permissions.ts';
import { answer, idempotencyKeyHeader, json, problems, schemaRef } from '../http/openapi-parts.ts';
import { allValid, Problem } from '../http/problem.ts';
import { readIdempotencyKey } from '../http/request-headers.ts';
import { orderPath } from '../orders/order-view.ts';
import { BATCHES_PATH, isArrayBody, mustNotBeTooLarge } from './batch-body.ts';
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
  @Requires('placeOrderBatch')
  @DescribePlaceBatch()
  async place(@CurrentExchange() { caller, bill, request, reply }: Exchange) {
    const { idempotencyKey } = allValid<{ idempotencyKey: string }>({
      idempotencyKey: readIdempotencyKey(request.headers['idempotency-key']),
    });
    mustNotBeTooLarge(request);
    const body = (request.body ?? Readable.from([])) as Readable;
    const { traceparent } = request;
    const batch = { idempotencyKey, body, isArray: isArrayBody(request), traceparent, bill };
    const accepted = await this.batching.accept(caller, batch);
    const self = batchPath(accepted.batchId);
    void reply.status(202).header('location', self);
    return { ...accepted, status: 'PENDING', links: { self } };
  }

  @Get(':batchId')
  @Requires('placeOrderBatch')
  @DescribeGetBatch()
  async get(@CurrentExchange() { caller }: Exchange, @Param('batchId') batchId: string) {
    if (!this.batching.isOwn(caller, batchId)) {
      throw new Problem('not-found', `there is no batch ${batchId.slice(0, 64)} of this caller`);
    }
    const { totals, rows } = (await this.batches.find(batchId)) ?? { rows: [] };
    const status = totals ? 'COMPLETE' : 'PENDING';
    return { batchId, status, ...totals, data: rows.map(rowView), links: { self: batchPath(batchId) } };
  }
}

function rowView({ row, orderId, problem }: BatchRow) {
  return orderId === undefined
    ? { row, status: 'REFUSED', problem }
    : { row, status: 'ACCEPTED', orderId, links: { order: orderPath(orderId) } };
}

function DescribePlaceBatch(): MethodDecorator {
  const orders = { type: 'array' as const, maxItems: MAX_BATCH_ROWS, items: schemaRef('OrderRequest') };
  return applyDecorators(
    ApiOperation({
      operationId: 'placeOrderBatch',
      summary: `Place up to ${MAX_BATCH_ROWS} orders at once`,
      description:
        'As a JSON array, or as NDJSON with an order on each line. 202 means that every valid order is durable; invalid ' +
        'orders are refused one by one. Sent again with the same Idempotency-Key, the batch resumes and duplicates nothing.',
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: orders },
          'application/x-ndjson': { schema: { type: 'string', description: 'an OrderRequest on each line' } },
        },
      },
    }),
    idempotencyKeyHeader,
    answer(202, 'Accepted: the outcome of each order can soon be read', json('AcceptedBatch'), {
      Location: 'The path of the outcome',
    }),
    problems('invalid-request', 'too-large', 'unsupported-media-type'),
  );
}

function DescribeGetBatch(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'getOrderBatch',
      summary: 'Read the outcome of each order of a batch, for 30 days',
    }),
    ApiParam({ name: 'batchId', schema: { type: 'string' } }),
    answer(200, 'The batch', json('OrderBatch')),
    problems('invalid-request', 'not-found'),
  );
}
