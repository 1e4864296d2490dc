import { Injectable } from '@nestjs/common';
import type { ChangeOrderCommand } from '#libs/order-requests';
import {
  type Caller,
  CHANGE_ORDER,
  CommandIds,
  type CommandName,
  earlierChangeBy,
  refusalOf,
  type StoredOrder,
} from '#libs/orders';
import { foundWithin } from '../orders/found-within.ts';
import { isPending, OrderReading } from '../orders/order-reading.ts';
import { OrdersQueue } from '../orders/orders-queue.ts';
import type { ChangeInput } from './change-input.ts';
import { refusalProblem } from './refusal-problem.ts';

/** What a caller asks of an order. */
export interface ChangeAsked extends ChangeInput {
  name: CommandName;
  orderId: string;
  /** The shipment or the return that it is about. */
  target: string | undefined;
  traceparent: string;
}

export interface AcceptedCommand {
  commandId: string;
  /** ISO 8601, UTC. */
  receivedAt: string;
  /** The command was carried out when an earlier request gave it; nothing was enqueued now. */
  replayed: boolean;
}

/** A table that is slow or down does not hold up a customer's wish; the worker decides in any case. */
const LOOK_UP_TIMEOUT_MS = 500;

/** Takes the wish to change an order in: refuse what is refused already, enqueue, and only then say so. */
@Injectable()
export class OrderChanging {
  constructor(
    private readonly reading: OrderReading,
    private readonly commandIds: CommandIds,
    private readonly queue: OrdersQueue,
  ) {}

  /** @throws Problem `forbidden`, `not-found`, `conflict`, `precondition-failed`, `idempotency-conflict`, `unavailable` */
  async ask(caller: Caller, asked: ChangeAsked): Promise<AcceptedCommand> {
    const order = await this.visibleOrder(caller, asked.orderId);
    const command = this.commandOf(caller, asked);
    const { commandId, receivedAt } = command;
    if (order) {
      const refusal = refusalOf(order, command);
      if (refusal) throw refusalProblem(refusal);
      if (earlierChangeBy(order, command)) return { commandId, receivedAt, replayed: true };
    }
    await this.queue.enqueue(command);
    return { commandId, receivedAt, replayed: false };
  }

  /**
   * The order, or undefined for one of the caller's own that was not decided yet or can not be read now.
   * @throws Problem `not-found`
   */
  private async visibleOrder(caller: Caller, orderId: string): Promise<StoredOrder | undefined> {
    const lookUp = this.reading.find(caller, orderId);
    if (!this.reading.isOwn(caller, orderId)) return decided(await lookUp);
    const found = await foundWithin(
      LOOK_UP_TIMEOUT_MS,
      lookUp.catch(() => undefined),
    );
    return found && decided(found);
  }

  private commandOf(caller: Caller, asked: ChangeAsked): ChangeOrderCommand {
    const { name, orderId, target, traceparent, idempotencyKey, expectedVersion, content } = asked;
    return {
      type: CHANGE_ORDER,
      commandId: this.commandIds.issue({ orderId, by: caller.subject, name, target, idempotencyKey }),
      name,
      orderId,
      by: caller.subject,
      roles: [...caller.roles],
      ...(target !== undefined && { target }),
      ...(expectedVersion !== undefined && { expectedVersion }),
      receivedAt: new Date().toISOString(),
      traceparent,
      request: content,
    };
  }
}

function decided(order: Awaited<ReturnType<OrderReading['find']>>): StoredOrder | undefined {
  return isPending(order) ? undefined : order;
}
