import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { AuthGuard } from '../auth/auth.guard.ts';
import { CurrentExchange, type Exchange } from '../http/exchange.ts';
import { RateLimitGuard } from '../http/rate-limit.guard.ts';
import { OrderReading } from '../orders/order-reading.ts';
import { OrderFeed } from './order-feed.ts';
import { DescribeFeed } from './order-feed.openapi.ts';

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Of a stream that has ended there is nothing more to come on its connection, and a stop need not wait for it.
  connection: 'close',
  'x-accel-buffering': 'no',
};

/** An order as it changes. */
@Controller('v1/orders/:orderId/events')
@UseGuards(AuthGuard, RateLimitGuard)
export class OrderFeedController {
  constructor(
    private readonly reading: OrderReading,
    private readonly feed: OrderFeed,
  ) {}

  @Get()
  @DescribeFeed()
  async events(@CurrentExchange() { caller, request, reply }: Exchange, @Param('orderId') orderId: string) {
    const order = await this.reading.find(caller, orderId);
    request.orderId = order.orderId;
    const closed = new AbortController();
    if (reply.raw.destroyed) closed.abort();
    reply.raw.once('close', () => closed.abort());
    const stream = this.feed.open(caller, order, lastEventIdOf(request.headers['last-event-id']), closed.signal);
    void reply.headers(HEADERS);
    return stream;
  }
}

/** An id that is none of ours is that of a client that knows nothing. */
function lastEventIdOf(header: string | string[] | undefined): number | undefined {
  return /^\d{1,9}$/.test(String(header)) ? Number(header) : undefined;
}
