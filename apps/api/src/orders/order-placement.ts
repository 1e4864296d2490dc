import { Inject, Injectable } from '@nestjs/common';
import type { OrderRequest } from '#libs/order-requests';
import { OrderTable, type Placement } from '#libs/order-store';
import { type Caller, fingerprintOf, OrderError, OrderIds, PLACE_ORDER, type StoredOrder } from '#libs/orders';
import { MetricRecorder } from '#libs/metrics';
import type { Logger } from '#libs/service';
import { LOGGER } from '../logger.ts';
import { foundWithin } from './found-within.ts';
import { OrdersQueue } from './orders-queue.ts';

/** What a request to place an order came to. */
export interface AcceptedOrder {
  orderId: string;
  /** The order was placed by an earlier request with the same key; nothing was enqueued now. */
  replayed: boolean;
}

/** A replay is told from the table if it answers this soon; the worker recognises it in any case. */
const LOOK_UP_TIMEOUT_MS = 100;

/** Takes an order in: recognise a replay, sign the id, enqueue, and only then say so. */
@Injectable()
export class OrderPlacement {
  constructor(
    private readonly orderIds: OrderIds,
    private readonly table: OrderTable,
    private readonly queue: OrdersQueue,
    private readonly metrics: MetricRecorder<'api'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * @param orderId of `idFor`.
   * @throws OrderError IDEMPOTENCY_CONFLICT, or what the queue throws when SQS did not acknowledge the order.
   */
  async place(caller: Caller, orderId: string, request: OrderRequest, traceparent: string): Promise<AcceptedOrder> {
    const earlier = await this.earlierPlacement(orderId);
    if (earlier) return { orderId: replayOf(earlier, request), replayed: true };
    const receivedAt = new Date().toISOString();
    await this.queue.enqueue({
      type: PLACE_ORDER,
      commandId: orderId,
      orderId,
      customerId: caller.subject,
      receivedAt,
      traceparent,
      request,
    });
    this.metrics.count('OrdersAccepted');
    return { orderId, replayed: false };
  }

  /**
   * The order that the request has become, once it was decided.
   * @throws OrderError IDEMPOTENCY_CONFLICT when it became another request's.
   */
  async placed(orderId: string, request: OrderRequest): Promise<StoredOrder | undefined> {
    const order = await this.table.find(OrderIds.keyOf(orderId));
    if (order) replayOf(order, request);
    return order;
  }

  /** The id that an order with this key has, or will have. */
  idFor(caller: Caller, idempotencyKey: string): string {
    return this.orderIds.issue(caller.subject, idempotencyKey);
  }

  /** Best effort: a table that is slow or down never holds up an order. */
  private async earlierPlacement(orderId: string): Promise<Placement | undefined> {
    const lookUp = this.table.findPlacement(OrderIds.keyOf(orderId)).catch((error: unknown) => {
      // One line an order would flood the log in an outage, which health tells of.
      this.logger.debug({ orderId, err: error }, 'placement_look_up_failed');
      return undefined;
    });
    return foundWithin(LOOK_UP_TIMEOUT_MS, lookUp);
  }
}

/** The id under which the order was first placed. */
function replayOf(earlier: Placement, request: OrderRequest): string {
  if (earlier.fingerprint === fingerprintOf(request)) return earlier.orderId;
  throw new OrderError(
    'IDEMPOTENCY_CONFLICT',
    'expected the content that came with this Idempotency-Key first, got other content',
  );
}
