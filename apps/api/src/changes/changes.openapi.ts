import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam } from '@nestjs/swagger';
import { CHANGE_REQUESTS, EmptyRequest, ReasonRequest } from '#libs/order-requests';
import type { CommandName } from '#libs/orders';
import {
  answer,
  idempotencyKeyHeader,
  json,
  orderIdParam,
  preferHeader,
  problems,
  schemaRef,
} from '../http/openapi-parts.ts';
import { COMMAND_ROUTES } from './command-routes.ts';

export function DescribeChange(name: CommandName): MethodDecorator {
  const { summary, path } = COMMAND_ROUTES[name];
  const replayed = { 'Idempotency-Replayed': 'true if the command was carried out before' };
  const applied = {
    ...replayed,
    ETag: "The order's version",
    'Preference-Applied': 'The longest time that the api would wait',
  };
  return applyDecorators(
    ApiOperation({
      operationId: name,
      summary,
      description:
        'The worker decides: the Location of a 202 has its decision. A refusal that is known already is answered at once.',
    }),
    orderIdParam,
    ...partParams(path),
    idempotencyKeyHeader,
    preferHeader,
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: "The order's ETag, or a list: refused with 412 if the order has another one; weak tags never match",
      schema: { type: 'string' },
    }),
    ...bodyOf(name),
    answer(202, 'Accepted', json('AcceptedCommand'), { ...replayed, Location: 'The path of the decision' }),
    answer(200, 'Carried out: the changed order, if the caller preferred to wait', json('Order'), applied),
    problems('invalid-request', 'forbidden', 'not-found', 'conflict', 'precondition-failed'),
    problems('too-large', 'unsupported-media-type', 'idempotency-conflict'),
  );
}

/** The shipment or return that a path names. */
function partParams(path: string): MethodDecorator[] {
  const names = path.match(/(?<=:)\w+/g) ?? [];
  return names.map((name) => ApiParam({ name, description: 'counted from 1', schema: COUNTED_FROM_1 }));
}

const COUNTED_FROM_1 = { type: 'string' as const, pattern: '^[1-9]\\d*$' };

function bodyOf(name: CommandName): MethodDecorator[] {
  const request = CHANGE_REQUESTS[name];
  if (request === EmptyRequest) return [];
  return [ApiBody({ schema: schemaRef(request.name), required: request !== ReasonRequest })];
}

export function DescribeCommand(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'getCommand',
      summary: 'Read the outcome of a command',
      description: 'PENDING until the worker has decided; then APPLIED, or REFUSED with the problem.',
    }),
    orderIdParam,
    ApiParam({ name: 'commandId', schema: { type: 'string' } }),
    answer(200, 'The command', json('Command')),
    problems('invalid-request', 'forbidden', 'not-found'),
  );
}
