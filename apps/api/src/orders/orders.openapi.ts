import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { MAX_REQUEST_BYTES } from '#libs/order-requests';
import { EXAMPLE_ORDER } from '#libs/orders';
import {
  answer,
  idempotencyKeyHeader,
  json,
  orderIdParam,
  preferHeader,
  problems,
  schemaRef,
} from '../http/openapi-parts.ts';
import { QUERY_PARAMETERS } from './orders-query.ts';

const ETAG = { ETag: "The order's version; absent while it is PENDING" };

export function DescribePlace(): MethodDecorator {
  const headers = {
    Location: 'The path of the order',
    'Idempotency-Replayed': 'true if an earlier request with this key placed the order',
  };
  const decided = { ...headers, ...ETAG, 'Preference-Applied': 'The longest time that the api would wait' };
  return applyDecorators(
    ApiOperation({
      operationId: 'placeOrder',
      summary: 'Place an order',
      description:
        '202 means that the order is durable. Sending it again with the same Idempotency-Key never makes a second order. ' +
        `As ASCII JSON, the order has at most ${MAX_REQUEST_BYTES} bytes. WHOLESALE orders need the role wholesale. ` +
        'Who may name prices, with `customerId` or `quote`: PRICING in docs/pricing.md.',
    }),
    idempotencyKeyHeader,
    preferHeader,
    ApiBody({ schema: schemaRef('OrderRequest'), examples: { retail: { value: EXAMPLE_ORDER } } }),
    answer(202, 'Accepted', json('AcceptedOrder'), headers),
    answer(201, 'Placed and decided, if the caller preferred to wait', json('Order'), decided),
    problems('invalid-request', 'too-large', 'unsupported-media-type', 'idempotency-conflict'),
  );
}

export function DescribeGet(): MethodDecorator {
  const content = { 'application/json': { schema: { oneOf: [schemaRef('Order'), schemaRef('AcceptedOrder')] } } };
  return applyDecorators(
    ApiOperation({
      operationId: 'getOrder',
      summary: 'Read an order; PENDING until the worker has decided',
      description: 'Strongly consistent: never older than an answer that had ended before this request began.',
    }),
    orderIdParam,
    ApiQuery({
      name: 'customerId',
      required: false,
      schema: { type: 'string' },
      description: 'from a checkout: the customer of an order that may be PENDING',
    }),
    answer(200, 'The order', content, ETAG),
    problems('invalid-request', 'not-found'),
  );
}

export function DescribeHistory(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'getOrderHistory',
      summary: 'Read the changes of an order, oldest first',
      description: 'Each change with its time and who requested it; empty while the order is PENDING.',
    }),
    orderIdParam,
    answer(200, 'The changes', json('OrderHistory')),
    problems('invalid-request', 'not-found'),
  );
}

export function DescribeList(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'listOrders',
      summary: "List a customer's orders, newest first, or those that staff work on, longest unchanged first",
      description:
        'Customers list their own. Operators name a customerId or a number of the order. Without them, staff list the orders ' +
        'of all customers that wait for their role: status=AWAITING_APPROVAL, CONFIRMED, IN_FULFILLMENT or PARTIALLY_SHIPPED, ' +
        'returns=REQUESTED, APPROVED or RECEIVED. Such a list, and a lookup by number, show an order a moment after its change. ' +
        'A page can have fewer orders than `limit`, or none, although more follow: the list ends where `nextCursor` is null. ' +
        'A request with a filter (`status`, `channel`) reads at most 1,000 orders.',
    }),
    ...Object.entries(QUERY_PARAMETERS).map(([name, { schema, description }]) =>
      ApiQuery({ name, required: false, schema, ...(description && { description }) }),
    ),
    answer(200, 'A page of orders', json('OrderPage')),
    problems('invalid-request'),
  );
}
