import { Inject, Injectable } from '@nestjs/common';
import type { OrderRequest } from '#libs/order-requests';
import { OrderTable, type Placement } from '#libs/order-store';
import { type Caller, fingerprintOf, OrderError, OrderIds, PLACE_ORDER, type StoredOrder } from '#libs/orders';
import type { Telemetry } from '#libs/service';
import { mustBeAllowed } from '../auth/permissions.ts';
import { TELEMETRY } from '../injected.ts';
import { OrdersQueue } from './orders-queue.ts';
import { foundWithin } from './outcome-wait.ts';

export interface AcceptedOrder {
  orderId: string;
  /** The order was placed by an earlier request with the same key; nothing was enqueued now. */
  replayed: boolean;
}

/** The longest wait for the table to recognise a repeated request; the worker recognises it in any case. */
const LOOKUP_TIMEOUT_MS = 100;

/** Accepts an order: recognise a repeated request, enqueue, return after the queue has acknowledged the message. */
@Injectable()
export class OrderPlacement {
  constructor(
    private readonly orderIds: OrderIds,
    private readonly table: OrderTable,
    private readonly queue: OrdersQueue,
    @Inject(TELEMETRY) private readonly telemetry: Telemetry<'api'>,
  ) {}

  /** The id of the order with this key: the same for each repetition of the request, until the signing key changes. */
  idFor(caller: Caller, idempotencyKey: string): string {
    return this.orderIds.issue(caller.subject, idempotencyKey);
  }

  /**
   * @param orderId from `idFor`.
   * @throws Problem `forbidden` when the caller may not place an order of this channel, or `unavailable` when the queue
   *   did not acknowledge it; OrderError IDEMPOTENCY_CONFLICT when the key came with other content before.
   */
  async place(caller: Caller, orderId: string, request: OrderRequest, traceparent: string): Promise<AcceptedOrder> {
    if (request.channel === 'WHOLESALE') mustBeAllowed(caller, 'placeWholesaleOrder');
    const earlier = await this.earlierPlacement(orderId);
    if (earlier) {
      mustBeSameRequest(earlier, caller, request);
      return { orderId: earlier.orderId, replayed: true };
    }
    await this.queue.enqueue({
      type: PLACE_ORDER,
      commandId: orderId,
      orderId,
      customerId: caller.subject,
      ...(caller.roles.includes('wholesale') && { isWholesaleCustomer: true }),
      receivedAt: new Date().toISOString(),
      traceparent,
      request,
    });
    this.telemetry.metrics.count('OrdersAccepted');
    return { orderId, replayed: false };
  }

  /**
   * The placed order, once the worker has decided.
   * @throws OrderError IDEMPOTENCY_CONFLICT when another request with the same key was placed.
   */
  async placed(caller: Caller, orderId: string, request: OrderRequest): Promise<StoredOrder | undefined> {
    const order = await this.table.find(OrderIds.keyOf(orderId));
    if (order) mustBeSameRequest(order, caller, request);
    return order;
  }

  /** Best effort: a table that is slow or down never delays an order. */
  private async earlierPlacement(orderId: string): Promise<Placement | undefined> {
    const lookup = this.table.findPlacement(OrderIds.keyOf(orderId)).catch((error: unknown) => {
      // Debug level: in an outage, a line for each order would flood the log. The health check reports the outage.
      this.telemetry.logger.debug({ orderId, err: error }, 'placement_lookup_failed');
      return undefined;
    });
    return foundWithin(LOOKUP_TIMEOUT_MS, lookup);
  }
}

/** @throws OrderError IDEMPOTENCY_CONFLICT */
function mustBeSameRequest(earlier: Placement, { subject }: Caller, request: OrderRequest): void {
  if (earlier.customerId === subject && earlier.fingerprint === fingerprintOf(request)) return;
  throw new OrderError(
    'IDEMPOTENCY_CONFLICT',
    'expected the content that came with this Idempotency-Key first, got other content',
  );
}
