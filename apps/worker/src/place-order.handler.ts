import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { parsePlaceOrderCommand } from '#libs/order-requests';
import { OrderTable } from '#libs/order-store';
import { PLACE_ORDER, placeOrder, type ShopRules } from '#libs/orders';
import { MetricRecorder } from '#libs/metrics';
import { type Logger, traceIdOf } from '#libs/service';
import { LOGGER, SHOP_RULES } from './injected.ts';
import { type HandlingOutcome, delayOf, receiveCountOf } from './received-command.ts';

/** Places an order: parse, decide, store. The transport acknowledges when this returns. */
@Controller()
export class PlaceOrderHandler {
  constructor(
    private readonly table: OrderTable,
    @Inject(SHOP_RULES) private readonly rules: ShopRules,
    private readonly metrics: MetricRecorder<'worker'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws OrderError: its code decides whether the transport leaves or dead-letters the message. */
  @EventPattern(PLACE_ORDER)
  async handle(@Payload() document: unknown, @Ctx() context: unknown): Promise<HandlingOutcome> {
    const command = parsePlaceOrderCommand(document);
    const log = this.logger.child({ orderId: command.orderId, traceId: traceIdOf(command.traceparent) });
    const order = placeOrder(command, this.rules, new Date().toISOString());
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
}
