import { Injectable } from '@nestjs/common';
import { type Caller, CommandIds, isOrderId, may } from '#libs/orders';
import { Problem, type ProblemDetails } from '../http/problem.ts';
import { OrderReading } from '../orders/order-reading.ts';
import { CommandOutcomes, type CommandOutcome } from './command-outcomes.ts';
import { refusalProblem } from './refusal-problem.ts';

/** What is told of a command. */
export type CommandView =
  | { status: 'PENDING' }
  | { status: 'APPLIED'; event: string; version: number; decidedAt: string }
  | { status: 'REFUSED'; decidedAt: string; refusal: ProblemDetails };

/** Tells what became of a command: to who gave it, and to those who may see the order. */
@Injectable()
export class CommandReading {
  constructor(
    private readonly reading: OrderReading,
    private readonly commandIds: CommandIds,
    private readonly outcomes: CommandOutcomes,
  ) {}

  /** @throws Problem `not-found` for an order or a command that is not there for this caller. */
  async get(caller: Caller, orderId: string, commandId: string): Promise<CommandView> {
    if (!isOrderId(commandId)) throw noCommand(commandId);
    const isIssuer = this.commandIds.wasIssuedTo(commandId, orderId, caller.subject);
    if (!isIssuer) await this.reading.find(caller, orderId);
    const outcome = await this.outcomes.find(orderId, commandId);
    const mayKnow = isIssuer || outcome?.status === 'APPLIED' || may(caller, 'readOrder', false);
    if (outcome && mayKnow) return viewOf(outcome, commandPath(orderId, commandId));
    if (isIssuer) return { status: 'PENDING' };
    throw noCommand(commandId);
  }
}

function noCommand(commandId: string): Problem {
  return new Problem('not-found', `there is no command ${commandId.slice(0, 64)} of this order for this caller`);
}

export function commandPath(orderId: string, commandId: string): string {
  return `/v1/orders/${orderId}/commands/${commandId}`;
}

function viewOf(outcome: CommandOutcome, path: string): CommandView {
  if (outcome.status === 'APPLIED') {
    const { event, version, at: decidedAt } = outcome.entry;
    return { status: 'APPLIED', event, version, decidedAt };
  }
  const { refusal, refusedAt: decidedAt } = outcome.refused;
  return { status: 'REFUSED', decidedAt, refusal: refusalProblem(refusal).details(path) };
}
