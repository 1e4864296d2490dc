import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { parsePlaceOrderCommand, type PlaceOrderCommand } from '#libs/order-requests';
import { OrderTable, PaymentClaimTable } from '#libs/order-store';
import { OrderError, PLACE_ORDER, placeOrder, type ShopRules, type StoredOrder } from '#libs/orders';
import { MetricRecorder } from '#libs/metrics';
import { type Logger, traceIdOf } from '#libs/service';
import { LOGGER, SHOP_RULES } from './injected.ts';
import { type HandlingOutcome, delayOf, MAX_UNPLACED_MS, receiveCountOf } from './received-command.ts';

/** Places an order: parse, claim its payment, decide, store. The transport acknowledges when this returns. */
@Controller()
export class PlaceOrderHandler {
  constructor(
    private readonly table: OrderTable,
    private readonly claims: PaymentClaimTable,
    @Inject(SHOP_RULES) private readonly rules: ShopRules,
    private readonly metrics: MetricRecorder<'worker'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws OrderError: its code decides whether the transport leaves or dead-letters the message. */
  @EventPattern(PLACE_ORDER)
  async handle(@Payload() document: unknown, @Ctx() context: unknown): Promise<HandlingOutcome> {
    const command = parsePlaceOrderCommand(document);
    const log = this.logger.child({ orderId: command.orderId, traceId: traceIdOf(command.traceparent) });
    const order = await this.decide(command);
    const creation = await this.table.create(order);
    if (creation.created) {
      log.info({ status: order.status, version: order.version }, 'order_persisted');
      this.metrics.count('OrdersPersisted');
      this.metrics.record('DecisionDelay', delayOf(command));
      return 'order_persisted';
    }
    const { customerId, fingerprint, orderId: existingOrderId } = creation.existing;
    if (customerId === order.customerId && fingerprint === order.fingerprint) {
      // More than 1: the message was handled before, but not deleted. Else the order was sent twice.
      const receiveCount = receiveCountOf(context);
      log.info({ existingOrderId, receiveCount }, 'order_duplicate');
      this.metrics.count('Duplicates');
      return 'order_duplicate';
    }
    // A client can cause this at will, so it is a refusal and no dead letter; the api answers 422 when it comes again.
    log.info({ code: 'IDEMPOTENCY_CONFLICT', existingOrderId }, 'command_refused');
    this.metrics.count('CommandsRefused');
    return 'command_refused';
  }

  /**
   * The claim comes before the order: if the worker dies between the two, the message comes back and finds its own claim. An
   * order whose payment is claimed by one that is not stored comes back until that is, and is rejected after a day.
   */
  private async decide(command: PlaceOrderCommand): Promise<StoredOrder> {
    const now = new Date().toISOString();
    const order = placeOrder(command, this.rules, now);
    const claim = await this.claims.claim(order);
    if (claim === 'OWN') return order;
    if (claim === 'UNKNOWN' && Date.parse(now) - Date.parse(command.receivedAt) < MAX_UNPLACED_MS) {
      throw new OrderError('ORDER_NOT_PLACED', 'expected the order that claims the payment in the table, found none');
    }
    return placeOrder(command, this.rules, now, 'TAKEN');
  }
}
