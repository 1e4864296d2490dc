import { OrderTable } from '#libs/order-store';
import type { StoredOrder } from '#libs/orders';
import { ordersTable } from '#libs/resources';
import { type Environment, EnvironmentError } from '../environment.ts';
import {
  type DeadLetterMessage,
  type DeadLetterQueue,
  type DeadLetterSummary,
  readMessage,
  summaryOf,
} from './dead-letter-message.ts';
import { HeldMessages } from './held-messages.ts';
import { openQuarantine } from './relay-queue.ts';

/**
 * Messages are hidden from others while they are read, and kept in memory without their bodies. With a detail of 2,000
 * characters, the longest that our services write, 10,000 messages take 30 MB.
 */
const MAX_READ = 10_000;
/** Well below the time after which the first received message is visible again. */
const READ_WITHIN_MS = 60_000;

export type QueueReading = Awaited<ReturnType<typeof readQueue>>;
export type Overview = Awaited<ReturnType<typeof readOverview>>;
export type MessageStory = Omit<Awaited<ReturnType<typeof readStory>>, 'body'> & { body?: string };

/**
 * Receives all messages of a queue and makes them visible again at once. A FIFO queue delivers only the first messages of
 * each group (up to ten, the emulator one); the others count as unseen. `complete` is false when the reading ended before the
 * queue had no more to deliver. The reading ends with the first message that is wanted, and returns it whole.
 */
export async function readQueue(
  environment: Environment,
  queue: DeadLetterQueue,
  signal: AbortSignal,
  isWanted: (message: DeadLetterMessage) => boolean = () => false,
) {
  const held = new HeldMessages(environment.sqs, await environment.queueUrl(queue.name));
  const depth = await held.depth();
  const messages: DeadLetterSummary[] = [];
  let wanted: DeadLetterMessage | undefined;
  let complete = false;
  const untilMs = performance.now() + READ_WITHIN_MS;
  try {
    while (messages.length < MAX_READ && performance.now() < untilMs && !signal.aborted) {
      const received = (await held.receive(signal)).map((message) => readMessage(message, queue));
      messages.push(...received.map(summaryOf));
      wanted = received.find(isWanted);
      complete = received.length === 0 && !signal.aborted;
      if (complete || wanted) break;
    }
  } finally {
    await held.giveBack();
  }
  const unseen = Math.max(0, depth.visible + depth.inFlight - messages.length);
  return { queue, depth, messages, wanted, unseen, complete };
}

export async function readOverview(environment: Environment, queues: readonly DeadLetterQueue[], signal: AbortSignal) {
  const quarantine = await openQuarantine(environment);
  const readings = await Promise.all(queues.map((queue) => readQueue(environment, queue, signal)));
  const overviews = readings.map(({ queue, depth, messages, unseen }) => ({
    name: queue.name,
    messages: messages.length + unseen,
    inFlight: depth.inFlight,
    reasons: reasonsOf(messages),
    unseen,
    oldest: messages.map(({ sentAt }) => sentAt).sort()[0] ?? null,
  }));
  return { environment: environment.name, queues: overviews, quarantinedOrders: await quarantine.orders() };
}

/** The number of messages by code, the most frequent first. */
export function reasonsOf(messages: readonly DeadLetterSummary[]): Record<string, number> {
  const byCode = [...Map.groupBy(messages, ({ code }) => code)];
  const counts = byCode.map(([code, ofCode]): [string, number] => [code, ofCode.length]);
  return Object.fromEntries(counts.sort(([, a], [, b]) => b - a));
}

/** One message with its order, quarantine and log commands. @throws EnvironmentError when it cannot be received */
export async function readStory(
  environment: Environment,
  queue: DeadLetterQueue,
  isWanted: (message: DeadLetterMessage) => boolean,
  signal: AbortSignal,
) {
  const { wanted: message } = await readQueue(environment, queue, signal, isWanted);
  if (!message)
    throw new EnvironmentError(`${queue.name} delivers no such message: type npm run dlq -- list ${queue.name}`);
  const { orderKey, record } = message;
  const orders = (await (await queue.openQuarantine?.(environment))?.orders()) ?? [];
  const quarantined = orders.find((order) => order.orderKey === orderKey);
  return {
    queue: queue.name,
    ...summaryOf(message),
    order: orderKey === undefined ? null : await readOrder(environment, orderKey),
    quarantine: quarantined && {
      ...quarantined,
      isLast: quarantined.lastQuarantined === record?.record.sequenceNumber,
    },
    logs: logCommands(environment, message),
    body: message.message.Body ?? '',
  };
}

/** An order without personal data. An item that no worker wrote may have no history. */
async function readOrder({ dynamodb, nameOf }: Environment, orderKey: string) {
  const order = await new OrderTable(dynamodb, nameOf(ordersTable.name)).find(orderKey);
  if (!order) return null;
  const { orderId, status, version, placedAt } = order;
  const history = (order.history as StoredOrder['history'] | undefined) ?? [];
  const changes = history.map(({ version, event, at, by, commandId }) => ({ version, event, at, by, commandId }));
  return { orderId, status, version, placedAt, history: changes };
}

/** Commands that print the logs about a message or an order. */
export function logCommands(
  { name, stageOption }: Pick<Environment, 'name' | 'stageOption'>,
  { traceId, orderId }: Pick<DeadLetterMessage, 'traceId' | 'orderId'>,
): string[] {
  const [field, value] = traceId === undefined ? ['orderId', orderId] : ['traceId', traceId];
  if (value === undefined) return [];
  if (!stageOption) return [`docker compose logs | grep ${value}`, `or search for ${value} in the output of npm start`];
  const filter = `'{ $.${field} = "${value}" }'`;
  return ['api', 'worker', 'stream-relay'].map(
    (service) => `aws logs tail /fargate-orders/${name}/${service} --since 14d --filter-pattern ${filter}`,
  );
}
