import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CHANNELS, EXAMPLE_ORDER, ORDER_STATUSES } from '#libs/orders';
import {
  EVERY_ANSWER,
  idempotencyKeyHeader,
  json,
  orderIdParam,
  preferHeader,
  problems,
  responseHeader,
  schemaRef,
} from '../http/openapi-parts.ts';
import { DEFAULT_LIMIT, MAX_LIMIT } from './orders-query.ts';

const etag = responseHeader("The order's version; absent while it is PENDING");

export function DescribeOrders(): ClassDecorator {
  return applyDecorators(
    ApiTags('orders'),
    ApiBearerAuth(),
    problems('unauthenticated', 'forbidden', 'too-many-requests', 'internal', 'unavailable'),
  );
}

export function DescribePlace(): MethodDecorator {
  const headers = {
    ...EVERY_ANSWER,
    Location: responseHeader('Where the order is read'),
    'Idempotency-Replayed': responseHeader('true for a known replay'),
  };
  return applyDecorators(
    ApiOperation({
      operationId: 'placeOrder',
      summary: 'Place an order',
      description:
        '202 means that the order is durable. Sending it again with the same Idempotency-Key never makes a second order.',
    }),
    idempotencyKeyHeader(),
    preferHeader(),
    ApiBody({ schema: schemaRef('OrderRequest'), examples: { retail: { value: EXAMPLE_ORDER } } }),
    ApiResponse({ status: 202, description: 'Accepted', headers, content: json('AcceptedOrder') }),
    ApiResponse({
      status: 201,
      description: 'Placed and decided, where the caller preferred to wait for that',
      headers: { ...headers, ETag: etag, 'Preference-Applied': responseHeader('How long the api was ready to wait') },
      content: json('Order'),
    }),
    problems('invalid-request', 'too-large', 'unsupported-media-type', 'idempotency-conflict'),
  );
}

export function DescribeGet(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getOrder', summary: 'Read an order; PENDING until it was decided' }),
    orderIdParam(),
    ApiResponse({
      status: 200,
      description: 'The order',
      headers: { ...EVERY_ANSWER, ETag: etag },
      content: { 'application/json': { schema: { oneOf: [schemaRef('Order'), schemaRef('AcceptedOrder')] } } },
    }),
    problems('invalid-request', 'not-found'),
  );
}

export function DescribeHistory(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getOrderHistory', summary: 'What happened to an order, oldest first' }),
    orderIdParam(),
    ApiResponse({ status: 200, description: 'Its changes', headers: EVERY_ANSWER, content: json('OrderHistory') }),
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
    ApiResponse({ status: 200, description: 'A page of orders', headers: EVERY_ANSWER, content: json('OrderPage') }),
    problems('invalid-request'),
  );
}
