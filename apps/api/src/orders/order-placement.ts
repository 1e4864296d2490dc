import { Inject, Injectable } from '@nestjs/common';
import type { SubmittedOrder } from '#libs/order-requests';
import { OrderTable, type Placement } from '#libs/order-store';
import { type Caller, fingerprintOf, OrderError, OrderIds, PLACE_ORDER, type StoredOrder } from '#libs/orders';
import type { Telemetry } from '#libs/service';
import type { Bill } from '../auth/quota.ts';
import { invalidRequest } from '../http/problem.ts';
import { TELEMETRY } from '../injected.ts';
import { OrderPricing } from './order-pricing.ts';
import { OrdersQueue } from './orders-queue.ts';
import { foundWithin } from './outcome-wait.ts';

/** An order that its caller may place, unless its prices are wrong. */
export interface RequestedOrder extends SubmittedOrder {
  orderId: string;
  customerId: string;
  /** The caller has the role `wholesale`, in whichever channel the order is. */
  isWholesaleCustomer: boolean;
  /** The checkout that places it for the customer. */
  placedBy?: string;
}

export interface AcceptedOrder {
  orderId: string;
  /** The order was placed by an earlier request with the same key. */
  replayed: boolean;
}

/** The longest wait for the table to recognise a repeated request; the worker recognises it in any case. */
const LOOKUP_TIMEOUT_MS = 100;

/** Accepts an order: look for an earlier one while the message is enqueued, return after the queue has acknowledged it. */
@Injectable()
export class OrderPlacement {
  constructor(
    private readonly orderIds: OrderIds,
    readonly pricing: OrderPricing,
    private readonly table: OrderTable,
    private readonly queue: OrdersQueue,
    @Inject(TELEMETRY) private readonly telemetry: Telemetry<'api'>,
  ) {}

  /**
   * The order with its id, which is the same for each repetition of the request until the signing key changes. The keys of a
   * checkout are its own for each customer: no Idempotency-Key contains a bracket, so none of the customer's own is equal.
   * @throws Problem `forbidden` when the caller may not place this order, or `invalid-request`
   */
  requested(caller: Caller, idempotencyKey: string, submitted: SubmittedOrder): RequestedOrder {
    const customerId = this.pricing.customerOf(caller, submitted);
    const order = { ...submitted, customerId, isWholesaleCustomer: caller.roles.includes('wholesale') };
    if (submitted.customerId === undefined) {
      return { ...order, orderId: this.orderIds.issue(customerId, idempotencyKey) };
    }
    const placedBy = caller.subject;
    const key = JSON.stringify([placedBy, idempotencyKey]);
    return { ...order, placedBy, orderId: this.orderIds.issue(customerId, key) };
  }

  /**
   * @throws Problem `invalid-request` when the prices are not the shop's, `too-many-requests`, or `unavailable` when the queue
   *   did not acknowledge the order; OrderError IDEMPOTENCY_CONFLICT when the key came with other content before.
   */
  async place(order: RequestedOrder, bill: Bill, traceparent: string): Promise<AcceptedOrder> {
    const { orderId, customerId, placedBy, request } = order;
    const errors = await this.pricing.errorsOf(order, bill);
    if (errors.length > 0) {
      // A quote ends, and a request is repeated: the order that was placed counts. The table must say that there is none.
      const earlier = await this.stored(orderId);
      if (earlier) return repetitionOf(earlier, order);
      throw invalidRequest(errors);
    }
    const receivedAt = new Date().toISOString();
    const enqueued = this.queue.enqueue({
      type: PLACE_ORDER,
      commandId: orderId,
      orderId,
      customerId,
      ...(order.isWholesaleCustomer && { isWholesaleCustomer: true }),
      ...(placedBy !== undefined && { placedBy }),
      receivedAt,
      traceparent,
      request,
    });
    // Ends in any case, before the lookup or after it, and is not awaited for a repetition.
    enqueued.catch(() => undefined);
    // The worker recognises the message of a repetition, and refuses other content.
    const earlier = await this.earlierPlacement(orderId);
    const repetition = earlier && repetitionOf(earlier, order);
    // A slow lookup may find this order itself, which the worker has stored meanwhile.
    if (repetition && earlier.placedAt !== receivedAt) return repetition;
    await enqueued;
    this.telemetry.metrics.count('OrdersAccepted');
    return { orderId, replayed: false };
  }

  /**
   * The placed order, once the worker has decided.
   * @throws OrderError IDEMPOTENCY_CONFLICT when another request with the same key was placed.
   */
  async placed(order: RequestedOrder): Promise<StoredOrder | undefined> {
    const stored = await this.stored(order.orderId);
    if (stored) mustBeSameRequest(stored, order);
    return stored;
  }

  private stored(orderId: string): Promise<StoredOrder | undefined> {
    return this.table.find(OrderIds.keyOf(orderId));
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
function repetitionOf(earlier: Placement, order: RequestedOrder): AcceptedOrder {
  mustBeSameRequest(earlier, order);
  return { orderId: earlier.orderId, replayed: true };
}

/** @throws OrderError IDEMPOTENCY_CONFLICT */
function mustBeSameRequest(earlier: Placement, { customerId, request }: RequestedOrder): void {
  if (earlier.customerId === customerId && earlier.fingerprint === fingerprintOf(request)) return;
  throw new OrderError(
    'IDEMPOTENCY_CONFLICT',
    'expected the content that came with this Idempotency-Key first, got other content',
  );
}
