import { setTimeout as sleep } from 'node:timers/promises';
import { OrderTable, RefusedCommandTable } from '#libs/order-store';
import { COMMAND_DEAD_LETTER_CODES } from '#libs/orders';
import { commandOutcomesTable, ordersDeadLetterQueue, ordersQueue, ordersTable } from '#libs/resources';
import type { Environment } from '../environment.ts';
import { queueSender } from '../queue-sender.ts';
import type { DeadLetterMessage, DeadLetterQueue, Destination } from './dead-letter-message.ts';
import { readDocument, RECEIVED_TOO_OFTEN, sourceQueue } from './source-queue.ts';

const CHECK_EVERY_MS = 200;
/** A worker receives a message within a second. If none is running yet, the rest waits for a later run. */
const DECIDED_WITHIN_MS = 15_000;

/** The dead-letter queue of the orders queue. The worker moves commands there, SQS those that were received too often. */
export const workerQueue: DeadLetterQueue = {
  name: ordersDeadLetterQueue.name,
  source: ordersQueue.name,
  fifo: false,
  codes: [...COMMAND_DEAD_LETTER_CODES, RECEIVED_TOO_OFTEN],
  read: readDocument,
  openDestination: async (environment) =>
    commandsInOrder(sourceQueue(await queueSender(environment, ordersQueue.name)), environment),
};

/**
 * The orders queue does not keep the order of messages: the worker could decide the later of two commands first, and reject
 * it for that reason. So the next command of an order is sent only after the previous one was decided.
 */
function commandsInOrder(queue: Destination, { dynamodb, nameOf }: Environment): Destination {
  const orders = new OrderTable(dynamodb, nameOf(ordersTable.name));
  const outcomes = new RefusedCommandTable(dynamodb, nameOf(commandOutcomesTable.name));

  async function isDecided({ commandId, orderKey }: DeadLetterMessage): Promise<boolean> {
    if (commandId === undefined || orderKey === undefined) return true;
    const order = await orders.find(orderKey);
    if (order?.history.some((change) => change.commandId === commandId)) return true;
    return (await outcomes.find(commandId)) !== undefined;
  }

  async function waitForDecision(command: DeadLetterMessage): Promise<void> {
    const untilMs = performance.now() + DECIDED_WITHIN_MS;
    while (!(await isDecided(command))) {
      if (performance.now() > untilMs)
        throw new Error(`the previous command, ${command.messageId}, was sent and has not been decided yet`);
      await sleep(CHECK_EVERY_MS);
    }
  }

  return {
    ...queue,
    async move(message, before) {
      if (before) await waitForDecision(before);
      await queue.move(message, before);
    },
  };
}
