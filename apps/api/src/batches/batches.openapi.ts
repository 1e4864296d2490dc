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
        'As a JSON array, or as NDJSON, an order a line. 202 means that every order that is right is durable; one that ' +
        'is not is refused alone. Sent again with the same Idempotency-Key, the batch resumes and doubles nothing.',
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: orders },
          'application/x-ndjson': { schema: { type: 'string', description: 'an OrderRequest a line' } },
        },
      },
    }),
    idempotencyKeyHeader,
    answer(202, 'Accepted: what became of each order is soon there to be read', json('AcceptedBatch'), {
      Location: 'Where that is read',
    }),
    problems('invalid-request', 'too-large', 'unsupported-media-type'),
  );
}

export function DescribeGetBatch(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'getOrderBatch',
      summary: 'Read what became of each order of a batch; for a month',
    }),
    ApiParam({ name: 'batchId', schema: { type: 'string' } }),
    answer(200, 'The batch', json('OrderBatch')),
    problems('invalid-request', 'not-found'),
  );
}
