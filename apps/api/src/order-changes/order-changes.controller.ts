import { Controller, Get, Param, Post, UseGuards } from '@nestjs/common';
import { type Caller, type CommandName, fingerprintOf } from '#libs/orders';
import { AuthGuard, CurrentCaller } from '../auth/auth.guard.ts';
import { CurrentExchange, type Exchange } from '../http/exchange.ts';
import { Problem } from '../http/problem.ts';
import { RateLimitGuard } from '../http/rate-limit.guard.ts';
import { etagOf } from '../http/request-headers.ts';
import { mustBeAllowed } from '../orders/order-reading.ts';
import { orderPath, orderView } from '../orders/order-view.ts';
import { OutcomeWait } from '../orders/outcome-wait.ts';
import { type ChangeInput, checkChangeInput } from './change-input.ts';
import { CommandOutcomes } from './command-outcomes.ts';
import { commandPath, CommandReading } from './command-reading.ts';
import { DescribeChange, DescribeChanges, DescribeCommand } from './order-changes.openapi.ts';
import { type AcceptedCommand, OrderChanging } from './order-changing.ts';
import { refusalProblem } from './refusal-problem.ts';

/** Everything that is asked of an order after it was placed. */
@Controller('v1/orders/:orderId')
@UseGuards(AuthGuard, RateLimitGuard)
@DescribeChanges()
export class OrderChangesController {
  constructor(
    private readonly changing: OrderChanging,
    private readonly outcomes: CommandOutcomes,
    private readonly commands: CommandReading,
    private readonly wait: OutcomeWait,
  ) {}

  @Post('approval')
  @DescribeChange('approveOrder')
  approve(@CurrentExchange() exchange: Exchange) {
    return this.change('approveOrder', exchange);
  }

  @Post('rejection')
  @DescribeChange('rejectOrder')
  reject(@CurrentExchange() exchange: Exchange) {
    return this.change('rejectOrder', exchange);
  }

  @Post('cancellation')
  @DescribeChange('cancelOrder')
  cancel(@CurrentExchange() exchange: Exchange) {
    return this.change('cancelOrder', exchange);
  }

  @Post('fulfillment')
  @DescribeChange('startFulfillment')
  startFulfillment(@CurrentExchange() exchange: Exchange) {
    return this.change('startFulfillment', exchange);
  }

  @Post('shipments')
  @DescribeChange('createShipment')
  createShipment(@CurrentExchange() exchange: Exchange) {
    return this.change('createShipment', exchange);
  }

  @Post('shipments/:target/delivery')
  @DescribeChange('deliverShipment')
  deliverShipment(@CurrentExchange() exchange: Exchange) {
    return this.change('deliverShipment', exchange);
  }

  @Post('returns')
  @DescribeChange('requestReturn')
  requestReturn(@CurrentExchange() exchange: Exchange) {
    return this.change('requestReturn', exchange);
  }

  @Post('returns/:target/approval')
  @DescribeChange('approveReturn')
  approveReturn(@CurrentExchange() exchange: Exchange) {
    return this.change('approveReturn', exchange);
  }

  @Post('returns/:target/decline')
  @DescribeChange('declineReturn')
  declineReturn(@CurrentExchange() exchange: Exchange) {
    return this.change('declineReturn', exchange);
  }

  @Post('returns/:target/receipt')
  @DescribeChange('receiveReturn')
  receiveReturn(@CurrentExchange() exchange: Exchange) {
    return this.change('receiveReturn', exchange);
  }

  @Post('returns/:target/closure')
  @DescribeChange('closeReturn')
  closeReturn(@CurrentExchange() exchange: Exchange) {
    return this.change('closeReturn', exchange);
  }

  @Get('commands/:commandId')
  @DescribeCommand()
  async command(
    @CurrentCaller() caller: Caller,
    @Param('orderId') orderId: string,
    @Param('commandId') commandId: string,
  ) {
    const command = await this.commands.get(caller, orderId, commandId);
    return { commandId, orderId, ...command, links: linksOf(orderId, commandId) };
  }

  /** Role, request, order: then the command is enqueued, and its outcome waited for where the caller prefers that. */
  private async change(name: CommandName, { caller, request, reply }: Exchange) {
    mustBeAllowed(caller, name);
    const input = checkChangeInput(name, request.headers, request.body);
    const { orderId, target } = request.params as { orderId: string; target?: string };
    mustBeTarget(target);
    request.orderId = orderId.slice(0, 64);
    const { traceparent } = request;
    const accepted = await this.changing.ask(caller, { ...input, name, orderId, target, traceparent });
    if (accepted.replayed) void reply.header('idempotency-replayed', 'true');
    const order = await this.outcomeOf(orderId, accepted, input);
    if (!order) {
      const links = linksOf(orderId, accepted.commandId);
      void reply.status(202).header('location', links.self);
      return { commandId: accepted.commandId, orderId, status: 'PENDING', links };
    }
    const applied = { etag: etagOf(order), 'preference-applied': `wait=${input.waitSeconds}` };
    void reply.status(200).headers(applied);
    return orderView(order);
  }

  /** @throws Problem of the refusal, if the worker has refused the command. */
  private async outcomeOf(
    orderId: string,
    { commandId, receivedAt }: AcceptedCommand,
    { waitSeconds, content }: ChangeInput,
  ) {
    const outcome = await this.wait.for(waitSeconds, () => this.outcomes.find(orderId, commandId, receivedAt));
    if (outcome?.status === 'APPLIED' && outcome.entry.fingerprint !== fingerprintOf(content)) {
      throw new Problem('idempotency-conflict', 'another request with this Idempotency-Key was carried out');
    }
    if (outcome?.status === 'REFUSED') throw refusalProblem(outcome.refused.refusal);
    return outcome?.order;
  }
}

/** Shipments and returns are counted. */
const TARGET = /^[1-9]\d{0,8}$/;

function mustBeTarget(target: string | undefined): void {
  if (target === undefined || TARGET.test(target)) return;
  throw new Problem('not-found', `there is no ${target.slice(0, 64)} of this order: they are counted from 1`);
}

function linksOf(orderId: string, commandId: string) {
  return { self: commandPath(orderId, commandId), order: orderPath(orderId) };
}
