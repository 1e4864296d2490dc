import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { CHANNELS, EXAMPLE_ORDER, ORDER_STATUSES } from '#libs/orders';
import {
  answer,
  idempotencyKeyHeader,
  json,
  orderIdParam,
  preferHeader,
  problems,
  schemaRef,
} from '../http/openapi-parts.ts';
import { DEFAULT_LIMIT, MAX_LIMIT } from './orders-query.ts';

const ETAG = { ETag: "The order's version; absent while it is PENDING" };

export function DescribePlace(): MethodDecorator {
  const headers = { Location: 'Where the order is read', 'Idempotency-Replayed': 'true for a known replay' };
  const decided = { ...headers, ...ETAG, 'Preference-Applied': 'How long the api was ready to wait' };
  return applyDecorators(
    ApiOperation({
      operationId: 'placeOrder',
      summary: 'Place an order',
      description:
        '202 means that the order is durable. Sending it again with the same Idempotency-Key never makes a second order.',
    }),
    idempotencyKeyHeader,
    preferHeader,
    ApiBody({ schema: schemaRef('OrderRequest'), examples: { retail: { value: EXAMPLE_ORDER } } }),
    answer(202, 'Accepted', json('AcceptedOrder'), headers),
    answer(201, 'Placed and decided, where the caller preferred to wait for that', json('Order'), decided),
    problems('invalid-request', 'too-large', 'unsupported-media-type', 'idempotency-conflict'),
  );
}

export function DescribeGet(): MethodDecorator {
  const content = { 'application/json': { schema: { oneOf: [schemaRef('Order'), schemaRef('AcceptedOrder')] } } };
  return applyDecorators(
    ApiOperation({ operationId: 'getOrder', summary: 'Read an order; PENDING until it was decided' }),
    orderIdParam,
    answer(200, 'The order', content, ETAG),
    problems('invalid-request', 'not-found'),
  );
}

export function DescribeHistory(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getOrderHistory', summary: 'What happened to an order, oldest first' }),
    orderIdParam,
    answer(200, 'Its changes', json('OrderHistory')),
    problems('invalid-request', 'not-found'),
  );
}

const instant = { type: 'string', format: 'date-time' };
const QUERY = [
  { name: 'limit', schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT } },
  { name: 'cursor', schema: { type: 'string' }, description: '`nextCursor` of the page before, of the same query' },
  { name: 'status', schema: { type: 'string', enum: [...ORDER_STATUSES] } },
  { name: 'channel', schema: { type: 'string', enum: [...CHANNELS] } },
  { name: 'from', schema: instant, description: 'placed at this instant or later' },
  { name: 'to', schema: instant, description: 'placed before this instant' },
  { name: 'customerId', schema: { type: 'string' }, description: 'whose orders; others than their own for operators' },
];

export function DescribeList(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'listOrders',
      summary: "List a customer's orders, newest first, or those that await approval, oldest first",
      description:
        'Customers list their own. Operators name a customerId, or ask with status=AWAITING_APPROVAL for what they ' +
        'have to decide, of all customers.',
    }),
    ...QUERY.map((parameter) => ApiQuery({ required: false, ...parameter })),
    answer(200, 'A page of orders', json('OrderPage')),
    problems('invalid-request'),
  );
}
