import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam } from '@nestjs/swagger';
import { MAX_BATCH_ROWS } from '#libs/order-requests';
import { answer, idempotencyKeyHeader, json, problems, schemaRef } from '../http/openapi-parts.ts';

export function DescribePlaceBatch(): MethodDecorator {
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

export function DescribeGetBatch(): MethodDecorator {
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
