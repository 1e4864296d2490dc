import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type ChangeOrderCommand, parseChangeOrderCommand } from '#libs/order-requests';
import { OrderTable, RefusedCommandTable, type RefusedCommand } from '#libs/order-store';
import {
  CHANGE_ORDER,
  decideChange,
  lastChange,
  OrderError,
  OrderIds,
  type ShopRules,
  type StoredOrder,
} from '#libs/orders';
import { MetricRecorder } from '#libs/metrics';
import { type Logger, traceIdOf } from '#libs/service';
import { LOGGER, SHOP_RULES } from './injected.ts';
import { type HandlingOutcome, delayOf, MAX_UNPLACED_MS } from './received-command.ts';

/** Another command may change the order between the read and the write. After this many conflicts in a row, the message comes back later. */
const MAX_DECISIONS = 5;

/** Changes an order: parse, decide, store. The transport acknowledges when this returns. */
@Controller()
export class ChangeOrderHandler {
  constructor(
    private readonly orders: OrderTable,
    private readonly outcomes: RefusedCommandTable,
    @Inject(SHOP_RULES) private readonly rules: ShopRules,
    private readonly metrics: MetricRecorder<'worker'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws OrderError: its code decides whether the transport leaves or dead-letters the message. */
  @EventPattern(CHANGE_ORDER)
  async handle(@Payload() document: unknown): Promise<HandlingOutcome> {
    const command = parseChangeOrderCommand(document);
    for (let decisions = 0; decisions < MAX_DECISIONS; decisions += 1) {
      const outcome = await this.decide(command);
      if (outcome) return outcome;
    }
    throw new OrderError(
      'TABLE_UNAVAILABLE',
      `expected to store a change, but ${MAX_DECISIONS} other changes came first`,
    );
  }

  /** Undefined if another command changed the order meanwhile. */
  private async decide(command: ChangeOrderCommand): Promise<HandlingOutcome | undefined> {
    const { orderId, commandId, name, traceparent } = command;
    const log = this.logger.child({ orderId, commandId, command: name, traceId: traceIdOf(traceparent) });
    const [order, earlier] = await Promise.all([
      this.orders.find(OrderIds.keyOf(orderId)),
      this.outcomes.find(commandId),
    ]);
    const now = new Date().toISOString();
    // The caller may have read that the command was refused: a repeated message must not change that.
    if (earlier && earlier.receivedAt >= command.receivedAt) {
      log.info({ code: earlier.refusal.code }, 'command_repeated');
      this.metrics.count('Duplicates');
      return 'command_repeated';
    }
    if (!order) {
      if (Date.parse(now) - Date.parse(command.receivedAt) < MAX_UNPLACED_MS) throw notPlaced(orderId);
      await this.refuse(command, { code: 'NOT_FOUND', detail: 'the order was not placed' }, now, log);
      return 'command_refused';
    }
    const decision = decideChange(order, command, this.rules, now);
    if (decision.outcome === 'REFUSED') {
      await this.refuse(command, decision.refusal, now, log);
      return 'command_refused';
    }
    if (decision.outcome === 'REPEATED') {
      log.info({ version: decision.version }, 'command_repeated');
      this.metrics.count('Duplicates');
      return 'command_repeated';
    }
    if (!(await this.store(order, decision.order, command, log))) return undefined;
    const { status, version } = decision.order;
    log.info({ status, version, orderEvent: lastChange(decision.order).event }, 'order_changed');
    this.metrics.count('OrdersChanged');
    this.metrics.record('DecisionDelay', delayOf(command));
    return 'order_changed';
  }

  /** @throws OrderError: an order that the table refuses permanently is recorded as a refusal, then the message is dead-lettered. */
  private async store(
    before: StoredOrder,
    after: StoredOrder,
    command: ChangeOrderCommand,
    log: Logger,
  ): Promise<boolean> {
    try {
      return await this.orders.change(before, after);
    } catch (error) {
      if (error instanceof OrderError && error.code === 'ITEM_REFUSED') {
        const { status, version } = before;
        const detail = 'the order cannot be stored with this change';
        const refusal = { code: 'NOT_POSSIBLE' as const, detail, status, version, allowedCommands: [] };
        await this.refuse(command, refusal, after.updatedAt, log);
      }
      throw error;
    }
  }

  private async refuse(
    { commandId, orderId, receivedAt }: ChangeOrderCommand,
    refusal: RefusedCommand['refusal'],
    refusedAt: string,
    log: Logger,
  ): Promise<void> {
    await this.outcomes.record({ commandId, orderId, refusal, receivedAt, refusedAt });
    log.info({ code: refusal.code }, 'command_refused');
    this.metrics.count('CommandsRefused');
  }
}

function notPlaced(orderId: string): OrderError {
  return new OrderError('ORDER_NOT_PLACED', `expected order ${orderId} in the table, found none`);
}
