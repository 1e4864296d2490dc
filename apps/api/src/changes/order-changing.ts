import { Injectable } from '@nestjs/common';
import type { ChangeOrderCommand, ChangeRequest } from '#libs/order-requests';
import type { RefusedCommand } from '#libs/order-store';
import {
  type Caller,
  CHANGE_ORDER,
  CommandIds,
  type CommandName,
  earlierChangeBy,
  type RefusalCode,
  refusalOf,
  type StoredOrder,
  whyForbidden,
} from '#libs/orders';
import { Problem, type ProblemKind } from '../http/problem.ts';
import { OrderReading } from '../orders/order-reading.ts';
import { OrdersQueue } from '../orders/orders-queue.ts';
import { foundWithin } from '../orders/outcome-wait.ts';

/** A valid request to change an order. */
export interface RequestedChange {
  name: CommandName;
  orderId: string;
  shipmentId: string | undefined;
  returnId: string | undefined;
  idempotencyKey: string;
  /** The order's versions that the caller accepts; undefined if it accepts any. */
  expectedVersions: number[] | undefined;
  content: ChangeRequest<CommandName>;
  traceparent: string;
}

export interface AcceptedCommand {
  commandId: string;
  /** ISO 8601, UTC. */
  receivedAt: string;
  /** An earlier request with the same key was carried out; nothing was enqueued now. */
  replayed: boolean;
}

/** The longest wait for the order, in order to refuse a customer's command at once; the worker decides in any case. */
const LOOKUP_TIMEOUT_MS = 500;

/** Accepts commands: refuse what the stored order refuses, enqueue, return after the queue has acknowledged the message. */
@Injectable()
export class OrderChanging {
  constructor(
    private readonly reading: OrderReading,
    private readonly commandIds: CommandIds,
    private readonly queue: OrdersQueue,
  ) {}

  /** @throws Problem `forbidden`, `not-found`, `conflict`, `precondition-failed`, `idempotency-conflict`, `unavailable` */
  async request(caller: Caller, requested: RequestedChange): Promise<AcceptedCommand> {
    const order = await this.visibleOrder(caller, requested.orderId);
    const command = this.commandOf(caller, requested);
    const { commandId, receivedAt } = command;
    const refusal = order && refusalOf(order, command);
    if (refusal) throw refusalProblem(refusal);
    const forbidden = order ? undefined : whyForbidden(caller, requested.name, true);
    if (forbidden) throw new Problem('forbidden', forbidden);
    if (order && earlierChangeBy(order, command)) return { commandId, receivedAt, replayed: true };
    await this.queue.enqueue(command);
    return { commandId, receivedAt, replayed: false };
  }

  /**
   * The order; undefined for the caller's own order that is not stored yet or cannot be read now.
   * @throws Problem `not-found`
   */
  private async visibleOrder(caller: Caller, orderId: string): Promise<StoredOrder | undefined> {
    const lookup = this.reading.find(caller, orderId);
    const found = this.reading.wasIssuedTo(caller, orderId)
      ? await foundWithin(LOOKUP_TIMEOUT_MS, lookup.catch(unreadable))
      : await lookup;
    return found && 'version' in found ? found : undefined;
  }

  private commandOf(caller: Caller, requested: RequestedChange): ChangeOrderCommand {
    const { name, orderId, shipmentId, returnId, traceparent, idempotencyKey, expectedVersions, content } = requested;
    return {
      type: CHANGE_ORDER,
      commandId: this.commandIds.issue({ orderId, by: caller.subject, name, shipmentId, returnId, idempotencyKey }),
      name,
      orderId,
      by: caller.subject,
      roles: [...caller.roles],
      ...(shipmentId !== undefined && { shipmentId }),
      ...(returnId !== undefined && { returnId }),
      ...(expectedVersions && { expectedVersions }),
      receivedAt: new Date().toISOString(),
      traceparent,
      request: content,
    };
  }
}

/** A table that does not answer delays no command, but another customer's order stays not found. */
function unreadable(error: unknown): undefined {
  if (error instanceof Problem) throw error;
}

const PROBLEM_OF_REFUSAL: Record<RefusalCode, ProblemKind> = {
  FORBIDDEN: 'forbidden',
  STALE_VERSION: 'precondition-failed',
  NOT_POSSIBLE: 'conflict',
  NOT_FOUND: 'not-found',
  IDEMPOTENCY_CONFLICT: 'idempotency-conflict',
};

/** The problem of a refusal, the same whether the api or the worker has refused the command. */
export function refusalProblem(refusal: RefusedCommand['refusal']): Problem {
  const { code, detail } = refusal;
  if (!('version' in refusal)) return new Problem(PROBLEM_OF_REFUSAL[code], detail);
  // `status` is the problem's own.
  const { status: orderStatus, version: orderVersion, allowedCommands } = refusal;
  return new Problem(PROBLEM_OF_REFUSAL[code], detail, { extensions: { orderStatus, orderVersion, allowedCommands } });
}
