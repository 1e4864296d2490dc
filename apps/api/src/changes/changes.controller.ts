import { Controller, Get, Param, Post, type Type } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CHANGE_REQUESTS, checkShape } from '#libs/order-requests';
import { COMMAND_NAMES, type CommandName } from '#libs/orders';
import { CallersOnly, CurrentExchange, type Exchange } from '../auth/access.ts';
import { Requires } from '../auth/permissions.ts';
import { bodyBytesOf, readJsonBody } from '../http/json-body.ts';
import { allValid, Problem } from '../http/problem.ts';
import { etagOf, readIdempotencyKey, readIfMatch, readWaitSeconds } from '../http/request-headers.ts';
import { Turns } from '../http/turns.ts';
import { orderPath, orderView } from '../orders/order-view.ts';
import { OutcomeWait } from '../orders/outcome-wait.ts';
import { DescribeChange, DescribeCommand } from './changes.openapi.ts';
import { commandPath, CommandOutcomes } from './command-outcomes.ts';
import { COMMAND_ROUTES } from './command-routes.ts';
import { OrderChanging, type RequestedChange } from './order-changing.ts';

/** Takes the commands that change placed orders: one controller for each command. */
export const commandControllers: Type[] = COMMAND_NAMES.map(commandController);

function commandController(name: CommandName): Type {
  @Controller('v1/orders/:orderId')
  @CallersOnly('changes')
  class CommandController {
    constructor(
      private readonly changing: OrderChanging,
      private readonly outcomes: CommandOutcomes,
      private readonly wait: OutcomeWait,
      private readonly turns: Turns,
    ) {}

    @Post(COMMAND_ROUTES[name].path)
    @Requires(name)
    @DescribeChange(name)
    async change(@CurrentExchange() { caller, request, reply }: Exchange) {
      const { requested, accepted } = await this.turns.forBody(caller.subject, bodyBytesOf(request), async () => {
        const checked = checkChange(name, request);
        return { requested: checked, accepted: await this.changing.request(caller, checked) };
      });
      const { orderId } = requested;
      if (accepted.replayed) void reply.header('idempotency-replayed', 'true');
      const waitSeconds = readWaitSeconds(request.headers.prefer);
      const order = await this.wait.for(caller, waitSeconds, () => this.outcomes.changedOrder(requested, accepted));
      if (!order) {
        const links = linksOf(orderId, accepted.commandId);
        void reply.status(202).header('location', links.self);
        return { commandId: accepted.commandId, orderId, status: 'PENDING', links };
      }
      void reply.status(200).headers({ etag: etagOf(order), 'preference-applied': `wait=${waitSeconds}` });
      return orderView(order);
    }
  }
  return CommandController;
}

/** Shows the outcome of a command. */
@Controller('v1/orders/:orderId/commands')
@CallersOnly('changes')
export class CommandsController {
  constructor(private readonly outcomes: CommandOutcomes) {}

  @Get(':commandId')
  @Requires('readOrder')
  @DescribeCommand()
  async get(
    @CurrentExchange() { caller }: Exchange,
    @Param('orderId') orderId: string,
    @Param('commandId') commandId: string,
  ) {
    const command = await this.outcomes.show(caller, orderId, commandId);
    return { commandId, orderId, ...command, links: linksOf(orderId, commandId) };
  }
}

/**
 * @throws Problem `invalid-request` with everything that is wrong with headers and body; `not-found` for an id that no
 *   shipment or return has.
 */
function checkChange(name: CommandName, request: FastifyRequest): RequestedChange {
  const { headers, params, traceparent } = request;
  const checked = allValid<Pick<RequestedChange, 'idempotencyKey' | 'expectedVersion' | 'content'>>({
    idempotencyKey: readIdempotencyKey(headers['idempotency-key']),
    expectedVersion: readIfMatch(headers['if-match']),
    // A command that needs no content needs no body.
    content: checkShape<RequestedChange['content']>(CHANGE_REQUESTS[name], readJsonBody(request) ?? {}),
  });
  const { orderId, shipmentId, returnId } = params as { orderId: string; shipmentId?: string; returnId?: string };
  const partId = shipmentId ?? returnId;
  if (partId !== undefined && !PART_ID.test(partId)) {
    throw new Problem('not-found', `the order has no ${partId.slice(0, 64)}: shipments and returns are counted from 1`);
  }
  return { ...checked, name, orderId, shipmentId, returnId, traceparent };
}

const PART_ID = /^[1-9]\d{0,8}$/;

function linksOf(orderId: string, commandId: string) {
  return { self: commandPath(orderId, commandId), order: orderPath(orderId) };
}
