import { ordersTable } from '#libs/resources';
import { OrderTable } from '#libs/order-store';
import type { HistoryEntry, StoredOrder } from '#libs/orders';
import type { Target } from '../target.ts';
import { printable } from '../terminal.ts';
import { TargetError } from '../usage-error.ts';
import { type DeadLetterQueue, RECEIVED_TOO_OFTEN } from './dead-letter-queues.ts';
import type { DeadLetter } from './dead-letter.ts';
import { ParkedOrders } from './parked-orders.ts';
import { lookInto } from './queue-look.ts';
import { unseenText } from './queue-overview.ts';

const SERVICES = ['api', 'worker', 'stream-relay'];

/** All that is known of one message. */
export interface LetterStory {
  queue: string;
  letter: Omit<DeadLetter, 'message' | 'record'>;
  /** Without what is personal. */
  order: (Pick<StoredOrder, 'orderId' | 'status' | 'version' | 'placedAt'> & { history: Told[] }) | null;
  /** Of the relay's queue: the last record that was parked of the order; null when it is not parked. */
  parking: { lastParked: string; isThis: boolean } | null;
  /** What to type to read the logs about it. */
  logs: string[];
  body?: string;
}
type Told = Pick<HistoryEntry, 'version' | 'event' | 'at' | 'by' | 'commandId'>;

/** @throws TargetError when there is no such message to be seen */
export async function storyOf(
  target: Target,
  queue: DeadLetterQueue,
  messageId: string,
  signal: AbortSignal,
  withBody: boolean,
): Promise<LetterStory> {
  const look = await lookInto(target, queue, signal, (letter) => letter.messageId.startsWith(messageId));
  const found = look.letters.find((letter) => letter.messageId.startsWith(messageId));
  if (!found) {
    const unseen = look.unseen > 0 ? ` (${unseenText(look)})` : '';
    throw new TargetError(
      `in ${queue.name} no message ${messageId} is to be seen${unseen}: type npm run dlq -- list ${queue.name}`,
    );
  }
  const { message, record, ...letter } = found;
  const parking = record && found.orderKey ? await (await ParkedOrders.of(target)).find(found.orderKey) : undefined;
  return {
    queue: queue.name,
    letter,
    order: found.orderKey === undefined ? null : await orderOf(target, found.orderKey),
    parking: parking
      ? { lastParked: parking.lastParked, isThis: parking.lastParked === record?.record.sequenceNumber }
      : null,
    logs: logCommands(target, found),
    ...(withBody && { body: message.Body ?? '' }),
  };
}

async function orderOf(target: Target, orderKey: string): Promise<LetterStory['order']> {
  const order = await new OrderTable(target.dynamodb, target.nameOf(ordersTable.name)).find(orderKey);
  if (!order) return null;
  const { orderId, status, version, placedAt } = order;
  // One that no worker wrote, which is what the relay parks, may have none.
  const history = (order.history as StoredOrder['history'] | undefined) ?? [];
  return {
    orderId,
    status,
    version,
    placedAt,
    history: history.map(({ version, event, at, by, commandId }) => ({ version, event, at, by, commandId })),
  };
}

function logCommands({ name, stageOption }: Target, { traceId, orderId }: DeadLetter): string[] {
  const [field, value] = traceId === undefined ? ['orderId', orderId] : ['traceId', traceId];
  if (value === undefined) return [];
  if (!stageOption) return [`docker compose logs | grep ${value}`, `or look for ${value} in what npm start prints`];
  return SERVICES.map(
    (service) =>
      `aws logs tail /fargate-orders/${name}/${service} --since 14d --filter-pattern '{ $.${field} = "${value}" }'`,
  );
}

export function storyText({ queue, letter, order, parking, logs, body }: LetterStory): string {
  const { code, detail, receives, receivesBefore, redriven } = letter;
  const attempts = [
    ...(receivesBefore === undefined ? [] : [`parked at its receive no. ${receivesBefore}`]),
    `received ${times(receives)} ${code === RECEIVED_TOO_OFTEN ? 'in all' : 'here'}, looks among them`,
    redriven === 0 ? 'never redriven' : `redriven ${times(redriven)} before`,
  ];
  const lines: [string, string | undefined][] = [
    ['message', `${letter.messageId} in ${queue}`],
    ['reason', code],
    ['detail', detail],
    ['what', `${letter.what}, ${letter.bytes} bytes`],
    ['sent', `${letter.sentAt}${letter.askedAt === undefined ? '' : `, asked for at ${letter.askedAt}`}`],
    ['attempts', attempts.join('; ')],
    ['was', letter.originalMessageId && `message ${letter.originalMessageId} of the queue it came from`],
    ['command', letter.commandId],
    ['order', orderText(letter, order)],
    ...(order?.history ?? []).map(historyLine),
    ['parked', parking ? parkingText(parking) : undefined],
    ['trace', letter.traceId],
    ...logs.map((command, position): [string, string] => [position === 0 ? 'logs' : '', command]),
    ['body', body],
  ];
  return lines
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `${name.padEnd(9)}${text}`)
    .join('\n');
}

function orderText({ orderId, orderKey }: LetterStory['letter'], order: LetterStory['order']): string {
  if (order) return `${order.orderId}: ${order.status}, version ${order.version}, placed at ${order.placedAt}`;
  const known = orderId ?? orderKey;
  return known === undefined ? 'it names none' : `${known}: not in the table`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function historyLine({ version, event, at, by, commandId }: Told): [string, string] {
  return ['', `  ${version}  ${event}  ${at}  by ${printable(by)}, command ${commandId}`];
}

function parkingText({ lastParked, isThis }: { lastParked: string; isThis: boolean }): string {
  return `the relay tells this order no more; ${isThis ? 'this record is the last' : `more follow, up to record ${lastParked}`}`;
}
