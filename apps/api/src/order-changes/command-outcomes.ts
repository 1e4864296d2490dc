import { Injectable } from '@nestjs/common';
import { OrderTable, OutcomeTable, type RefusedCommand } from '#libs/order-store';
import { type HistoryEntry, OrderIds, type StoredOrder } from '#libs/orders';

/** What became of a command. */
export type CommandOutcome =
  { status: 'APPLIED'; order: StoredOrder; entry: HistoryEntry } | { status: 'REFUSED'; refused: RefusedCommand };

/** Finds what the worker has decided: in the order's own history, or among the commands that it refused. */
@Injectable()
export class CommandOutcomes {
  constructor(
    private readonly orders: OrderTable,
    private readonly outcomes: OutcomeTable,
  ) {}

  /**
   * Undefined while nothing is known of the command.
   * @param since a refusal of this command that came before this instant is another one's; ISO 8601, UTC.
   */
  async find(orderId: string, commandId: string, since = ''): Promise<CommandOutcome | undefined> {
    const [order, refused] = await Promise.all([
      this.orders.find(OrderIds.keyOf(orderId)),
      this.outcomes.find(commandId),
    ]);
    const entry = order && entryOf(order, commandId);
    if (order && entry) return { status: 'APPLIED', order, entry };
    const isOfOrder = refused && OrderIds.keyOf(refused.orderId) === OrderIds.keyOf(orderId);
    return isOfOrder && refused.receivedAt >= since ? { status: 'REFUSED', refused } : undefined;
  }
}

function entryOf({ history }: StoredOrder, commandId: string): HistoryEntry | undefined {
  const key = OrderIds.keyOf(commandId);
  return history.find((entry) => OrderIds.keyOf(entry.commandId) === key);
}
