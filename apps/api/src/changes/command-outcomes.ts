import { Injectable } from '@nestjs/common';
import { OrderTable, RefusedCommandTable, type RefusedCommand } from '#libs/order-store';
import {
  type Caller,
  CommandIds,
  earlierChangeBy,
  fingerprintOf,
  type HistoryEntry,
  isOrderId,
  may,
  OrderIds,
  type StoredOrder,
} from '#libs/orders';
import { Problem, type ProblemDetails } from '../http/problem.ts';
import { OrderReading } from '../orders/order-reading.ts';
import { type AcceptedCommand, refusalProblem, type RequestedChange } from './order-changing.ts';

/** A stored outcome of a command. */
type CommandOutcome =
  { status: 'APPLIED'; order: StoredOrder; entry: HistoryEntry } | { status: 'REFUSED'; refused: RefusedCommand };

/** A command in an answer. */
export type CommandView =
  | { status: 'PENDING' }
  | { status: 'APPLIED'; event: string; version: number; decidedAt: string }
  | { status: 'REFUSED'; decidedAt: string; refusal: ProblemDetails };

/** Finds the worker's decisions: in the order's history, or among the refused commands. */
@Injectable()
export class CommandOutcomes {
  constructor(
    private readonly reading: OrderReading,
    private readonly commandIds: CommandIds,
    private readonly orders: OrderTable,
    private readonly refusals: RefusedCommandTable,
  ) {}

  /**
   * The order, once the command has changed it.
   * @throws Problem of the refusal when the worker has refused the command, or `idempotency-conflict` when the command
   *   that was carried out had other content.
   */
  async changedOrder(requested: RequestedChange, accepted: AcceptedCommand): Promise<StoredOrder | undefined> {
    const { commandId, receivedAt } = accepted;
    const outcome = await this.find(requested.orderId, commandId);
    // An earlier refusal belongs to an earlier request with this key.
    if (outcome?.status === 'REFUSED' && outcome.refused.receivedAt >= receivedAt) {
      throw refusalProblem(outcome.refused.refusal);
    }
    if (outcome?.status !== 'APPLIED') return undefined;
    if (outcome.entry.fingerprint === fingerprintOf(requested.content)) return outcome.order;
    throw new Problem('idempotency-conflict', 'another request with this Idempotency-Key was carried out');
  }

  /**
   * The outcome of a command: for the caller who sent it, and for callers who may see the order.
   * @throws Problem `not-found` for an order or a command that this caller may not see or that does not exist.
   */
  async show(caller: Caller, orderId: string, commandId: string): Promise<CommandView> {
    if (!isOrderId(commandId)) throw noCommand(commandId);
    const isIssuer = this.commandIds.wasIssuedTo(commandId, orderId, caller.subject);
    if (!isIssuer) await this.reading.find(caller, orderId);
    const outcome = await this.find(orderId, commandId);
    const mayKnow = isIssuer || outcome?.status === 'APPLIED' || may(caller, 'readOrder', false);
    if (outcome && mayKnow) return viewOf(outcome, commandPath(orderId, commandId));
    if (isIssuer) return { status: 'PENDING' };
    throw noCommand(commandId);
  }

  /** Undefined while the worker has not decided. */
  private async find(orderId: string, commandId: string): Promise<CommandOutcome | undefined> {
    const [order, refused] = await Promise.all([
      this.orders.find(OrderIds.keyOf(orderId)),
      this.refusals.find(commandId),
    ]);
    const entry = order && earlierChangeBy(order, { commandId });
    if (order && entry) return { status: 'APPLIED', order, entry };
    const isOfOrder = refused && OrderIds.keyOf(refused.orderId) === OrderIds.keyOf(orderId);
    return isOfOrder ? { status: 'REFUSED', refused } : undefined;
  }
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

function noCommand(commandId: string): Problem {
  return new Problem('not-found', `there is no command ${commandId.slice(0, 64)} of this order for this caller`);
}
