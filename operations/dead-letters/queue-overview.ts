import type { Target } from '../target.ts';
import { deadLetterQueues } from './dead-letter-queues.ts';
import type { DeadLetter } from './dead-letter.ts';
import { ParkedOrders } from './parked-orders.ts';
import { lookInto, type QueueLook } from './queue-look.ts';
import { ageText, columns } from './text-table.ts';

/** What all dead-letter queues hold. */
export interface Overview {
  target: string;
  queues: {
    name: string;
    messages: number;
    /** Of these, in somebody's hands now. */
    inFlight: number;
    /** Of the messages seen. */
    reasons: Record<string, number>;
    unseen: number;
    /** Of the messages seen; ISO 8601, UTC. */
    oldest: string | null;
  }[];
  /** Orders that the relay tells no more until they are redriven. */
  parkedOrders: { orderKey: string; lastParked: string }[];
}

export async function overviewOf(target: Target, signal: AbortSignal): Promise<Overview> {
  const [looks, parkedOrders] = await Promise.all([
    Promise.all(deadLetterQueues.map((queue) => lookInto(target, queue, signal))),
    ParkedOrders.of(target).then((parked) => parked.all()),
  ]);
  const queues = looks.map(({ queue, depth, letters, unseen }) => ({
    name: queue.name,
    messages: Math.max(depth.visible + depth.inFlight, letters.length),
    inFlight: depth.inFlight,
    reasons: reasonsOf(letters),
    unseen,
    oldest: letters.map(({ sentAt }) => sentAt).sort()[0] ?? null,
  }));
  return { target: target.name, queues, parkedOrders };
}

export function overviewText(
  { target, queues, parkedOrders }: Overview,
  stageOption: string,
  now = Date.now(),
): string {
  const rows = queues.map(({ name, messages, reasons, unseen, oldest }) => [
    name,
    messages,
    oldest === null ? '' : ageText(oldest, now),
    [
      ...Object.entries(reasons).map(([reason, count]) => `${count} ${reason}`),
      ...(unseen > 0 ? [`${unseen} unseen`] : []),
    ].join(', '),
  ]);
  const busy = queues.find(({ messages }) => messages > 0)?.name;
  return [
    `dead-letter queues of ${target}`,
    '',
    ...columns(['QUEUE', 'MESSAGES', 'OLDEST', 'REASONS'], rows),
    ...(parkedOrders.length > 0
      ? ['', `${parkedOrders.length} parked: the relay tells these orders no more until they are redriven:`]
      : []),
    ...parkedOrders.map(({ orderKey, lastParked }) => `  ${orderKey}, up to record ${lastParked}`),
    ...(busy === undefined ? [] : ['', `next: npm run dlq -- list ${busy}${stageOption}`]),
  ].join('\n');
}

export function listText(look: QueueLook, letters: readonly DeadLetter[], limit: number, stageOption: string): string {
  const { queue, unseen } = look;
  const shown = letters.slice(0, limit);
  const rows = shown.map((letter) => [
    letter.messageId,
    letter.code,
    letter.orderId ?? letter.orderKey ?? '',
    letter.what,
    ageText(letter.sentAt),
    letter.redriven,
  ]);
  const counts = Object.entries(reasonsOf(letters)).map(([reason, count]) => `${count} ${reason}`);
  const [first] = shown;
  return [
    ...columns(['MESSAGE', 'REASON', 'ORDER', 'WHAT', 'AGE', 'REDRIVEN'], rows),
    ...(shown.length > 0 ? [''] : []),
    `${queue.name}: ${letters.length === 1 ? '1 message' : `${letters.length} messages`}${counts.length > 0 ? `: ${counts.join(', ')}` : ''}`,
    ...(shown.length < letters.length ? [`the first ${shown.length} are shown; --limit N shows more`] : []),
    ...(unseen > 0 ? [unseenText(look)] : []),
    ...(first ? [`next: npm run dlq -- show ${queue.name} ${first.messageId.slice(0, 8)}${stageOption}`] : []),
  ].join('\n');
}

/** Why there are more than can be seen. */
export function unseenText({ queue, unseen }: QueueLook): string {
  const why = queue.fifo
    ? 'wait behind the first ones of their orders, or are in somebody else’s hands'
    : 'are in somebody else’s hands';
  return `${unseen} more ${why}`;
}

function reasonsOf(letters: readonly DeadLetter[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of letters) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
