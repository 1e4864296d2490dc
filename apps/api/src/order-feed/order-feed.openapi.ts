import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { EVERY_ANSWER, orderIdParam, problems } from '../http/openapi-parts.ts';

export function DescribeFeed(): MethodDecorator {
  return applyDecorators(
    ApiTags('orders'),
    ApiBearerAuth(),
    ApiOperation({
      operationId: 'watchOrder',
      summary: 'Watch an order as server-sent events',
      description:
        'First a `snapshot` with the order, then a `change` with `{ change, order }` for each change, a second after it ' +
        'at most; ids are versions. Streams end after 15 minutes and when the api stops: come again with Last-Event-ID.',
    }),
    orderIdParam(),
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'the version that was read last: only what came after it is told',
      schema: { type: 'string' },
    }),
    ApiResponse({
      status: 200,
      description: 'The stream',
      headers: EVERY_ANSWER,
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    }),
    problems('invalid-request', 'unauthenticated', 'forbidden', 'not-found'),
    problems('too-many-requests', 'internal', 'unavailable'),
  );
}
