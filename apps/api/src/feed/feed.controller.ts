import { applyDecorators, Controller, Get, Param } from '@nestjs/common';
import { ApiHeader, ApiOperation } from '@nestjs/swagger';
import { CallersOnly, CurrentExchange, type Exchange } from '../auth/access.ts';
import { Requires } from '../auth/permissions.ts';
import { closedSignalOf } from '../http/connections.ts';
import { answer, orderIdParam, problems } from '../http/openapi-parts.ts';
import { OrderReading } from '../orders/order-reading.ts';
import { OrderFeed } from './order-feed.ts';

const HEADERS = {
  'content-type': 'text/event-stream',
  // The connection ends with the stream, so that a stop need not wait for it.
  connection: 'close',
  'x-accel-buffering': 'no',
};

/** Streams the changes of an order. */
@Controller('v1/orders/:orderId/events')
@CallersOnly('orders')
export class FeedController {
  constructor(
    private readonly reading: OrderReading,
    private readonly feed: OrderFeed,
  ) {}

  @Get()
  @Requires('readOrder')
  @DescribeFeed()
  async events(@CurrentExchange() { caller, request, reply }: Exchange, @Param('orderId') orderId: string) {
    const order = await this.reading.find(caller, orderId);
    const lastEventId = lastEventIdOf(request.headers['last-event-id']);
    const stream = this.feed.open(caller, order, lastEventId, closedSignalOf(reply));
    void reply.headers(HEADERS);
    return stream;
  }
}

/** An id of another form never came from this api: it is ignored. */
function lastEventIdOf(header: string | string[] | undefined): number | undefined {
  return /^\d{1,9}$/.test(String(header)) ? Number(header) : undefined;
}

function DescribeFeed(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'watchOrder',
      summary: 'Watch an order as server-sent events',
      description:
        'First a `snapshot` with the order, then a `change` with `{ change, order }` within a second of each change; ids ' +
        'are versions. Streams end after 15 minutes and when the api stops: reconnect with Last-Event-ID.',
    }),
    orderIdParam,
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'the last version that the client received: only later changes are sent',
      schema: { type: 'string' },
    }),
    answer(200, 'The stream', { 'text/event-stream': { schema: { type: 'string' } } }),
    problems('invalid-request', 'not-found'),
  );
}
