import { applyDecorators } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { EXAMPLE_ORDER } from '#libs/orders';
import { PROBLEM_KINDS, type ProblemKind } from '../http/problem.ts';
import { DEFAULT_LIMIT, MAX_LIMIT } from './page-query.ts';

const json = (name: string) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } });
const header = (description: string) => ({ description, schema: { type: 'string' as const } });

export function DescribeOrders(): ClassDecorator {
  return applyDecorators(
    ApiTags('orders'),
    ApiBearerAuth(),
    ...problems('unauthenticated', 'too-many-requests', 'unavailable'),
  );
}

export function DescribePlace(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'placeOrder',
      summary: 'Place an order',
      description:
        '202 means that the order is durable. Sending it again with the same Idempotency-Key never makes a second order.',
    }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      schema: { type: 'string', maxLength: 257 },
      example: 'cart-8412',
    }),
    ApiBody({ schema: { $ref: '#/components/schemas/OrderRequest' }, examples: { retail: { value: EXAMPLE_ORDER } } }),
    ApiResponse({
      status: 202,
      description: 'Accepted',
      headers: {
        Location: header('Where the order is read'),
        'Idempotency-Replayed': header('true for a known replay'),
      },
      content: json('AcceptedOrder'),
    }),
    ...problems('invalid-request', 'forbidden', 'too-large', 'unsupported-media-type', 'idempotency-conflict'),
  );
}

export function DescribeGet(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getOrder', summary: 'Read an order; PENDING until it was decided' }),
    ApiParam({ name: 'orderId', schema: { type: 'string' } }),
    ApiResponse({
      status: 200,
      description: 'The order',
      headers: { ETag: header("The order's version; absent while it is PENDING") },
      content: {
        'application/json': {
          schema: { oneOf: [{ $ref: '#/components/schemas/Order' }, { $ref: '#/components/schemas/AcceptedOrder' }] },
        },
      },
    }),
    ...problems('not-found'),
  );
}

export function DescribeList(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'listOrders', summary: "List the caller's orders, newest first" }),
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
    }),
    ApiQuery({
      name: 'cursor',
      required: false,
      schema: { type: 'string' },
      description: '`nextCursor` of the page before',
    }),
    ApiResponse({ status: 200, description: 'A page of orders', content: json('OrderPage') }),
    ...problems('invalid-request'),
  );
}

function problems(...kinds: ProblemKind[]) {
  return kinds.map((kind) =>
    ApiResponse({
      status: PROBLEM_KINDS[kind].status,
      description: PROBLEM_KINDS[kind].title,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
}
