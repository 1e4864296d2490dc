import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CHANGE_REQUESTS, EmptyRequest, ReasonRequest } from '#libs/order-requests';
import type { CommandName } from '#libs/orders';
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

const SUMMARIES: Record<CommandName, string> = {
  approveOrder: 'Approve a wholesale order that awaits it',
  rejectOrder: 'Reject a wholesale order that awaits approval',
  cancelOrder: 'Cancel an order of which nothing has shipped',
  startFulfillment: 'Begin to pack an order',
  createShipment: 'Ship an order, or a part of it',
  deliverShipment: 'Say that a shipment was delivered',
  requestReturn: 'Ask to send back what was shipped',
  approveReturn: 'Approve a return that was asked for',
  declineReturn: 'Decline a return that was asked for',
  receiveReturn: 'Say that the goods of a return are back',
  closeReturn: 'Close a return with a credit note',
};

export function DescribeChanges(): ClassDecorator {
  return applyDecorators(
    ApiTags('changes'),
    ApiBearerAuth(),
    problems('unauthenticated', 'too-many-requests', 'internal', 'unavailable'),
  );
}

export function DescribeChange(name: CommandName): MethodDecorator {
  const request = CHANGE_REQUESTS[name];
  const replayed = { 'Idempotency-Replayed': responseHeader('true if the command was carried out before') };
  return applyDecorators(
    ApiOperation({
      operationId: name,
      summary: SUMMARIES[name],
      description:
        'The worker decides: 202 says where its decision is read. A refusal that is known already is answered at once.',
    }),
    orderIdParam(),
    ...targetParam(name),
    idempotencyKeyHeader(),
    preferHeader(),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: "The order's ETag: the command is refused with 412 if the order was changed since",
      schema: { type: 'string' },
    }),
    ...(request === EmptyRequest
      ? []
      : [ApiBody({ schema: schemaRef(request.name), required: request !== ReasonRequest })]),
    ApiResponse({
      status: 202,
      description: 'Accepted',
      headers: { ...EVERY_ANSWER, ...replayed, Location: responseHeader('Where the decision is read') },
      content: json('AcceptedCommand'),
    }),
    ApiResponse({
      status: 200,
      description: 'Carried out: the order, where the caller preferred to wait for that',
      headers: {
        ...EVERY_ANSWER,
        ...replayed,
        ETag: responseHeader("The order's version"),
        'Preference-Applied': responseHeader('How long the api was ready to wait'),
      },
      content: json('Order'),
    }),
    problems('invalid-request', 'forbidden', 'not-found', 'conflict', 'precondition-failed'),
    problems('too-large', 'unsupported-media-type', 'idempotency-conflict'),
  );
}

export function DescribeCommand(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getCommand', summary: 'Read what became of a command' }),
    orderIdParam(),
    ApiParam({ name: 'commandId', schema: { type: 'string' } }),
    ApiResponse({ status: 200, description: 'The command', headers: EVERY_ANSWER, content: json('Command') }),
    problems('invalid-request', 'forbidden', 'not-found'),
  );
}

/** The shipment or the return in the path. */
function targetParam(name: CommandName): MethodDecorator[] {
  const OF_SHIPMENT: CommandName[] = ['deliverShipment'];
  const OF_RETURN: CommandName[] = ['approveReturn', 'declineReturn', 'receiveReturn', 'closeReturn'];
  if (!OF_SHIPMENT.includes(name) && !OF_RETURN.includes(name)) return [];
  const description = OF_SHIPMENT.includes(name) ? 'the shipmentId' : 'the returnId';
  return [ApiParam({ name: 'target', description, schema: { type: 'string', pattern: '^[1-9]\\d*$' } })];
}
