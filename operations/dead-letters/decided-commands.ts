import { setTimeout as sleep } from 'node:timers/promises';
import { commandOutcomesTable, ordersTable } from '#libs/resources';
import { OrderTable, OutcomeTable } from '#libs/order-store';
import type { Target } from '../target.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { Decision } from './source-queue.ts';

const LOOK_EVERY_MS = 200;
/** A worker takes a message within a second; one that has to be started takes longer, then the rest waits for another run. */
const PATIENCE_MS = 15_000;

/**
 * The orders queue has no order: of two commands the later one may be decided first, and refused for it. So it waits
 * until the order's history has the earlier one, or the table of refused commands.
 */
export function decisionsOf(target: Target): Decision {
  const orders = new OrderTable(target.dynamodb, target.nameOf(ordersTable.name));
  const outcomes = new OutcomeTable(target.dynamodb, target.nameOf(commandOutcomesTable.name));
  return async ({ commandId, orderKey }: DeadLetter) => {
    if (commandId === undefined || orderKey === undefined) return true;
    for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await sleep(LOOK_EVERY_MS)) {
      const order = await orders.find(orderKey);
      if (order?.history.some((change) => change.commandId === commandId)) return true;
      if (await outcomes.find(commandId)) return true;
    }
    return false;
  };
}
