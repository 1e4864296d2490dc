import type { LoggedOperation } from '../operations-log.ts';
import { ageText, columns, count, printableLine } from '../terminal.ts';
import type { DeadLetterSummary } from './dead-letter-message.ts';
import { type MessageStory, type Overview, type QueueReading, reasonsOf } from './queue-reading.ts';
import type { MoveResult } from './redrive.ts';

const MAX_STAYED = 20;

export function overviewText({ environment, queues, quarantinedOrders }: Overview, stageOption: string): string {
  const rows = queues.map(({ name, messages, reasons, unseen, oldest }) => [
    name,
    String(messages),
    oldest === null ? '' : ageText(oldest),
    [...reasonTexts(reasons), ...(unseen > 0 ? [`${unseen} unseen`] : [])].join(', '),
  ]);
  const next = queues.find(({ messages }) => messages > 0);
  return linesOf(
    `dead-letter queues of ${environment}`,
    '',
    ...columns([['QUEUE', 'MESSAGES', 'OLDEST', 'REASONS'], ...rows]),
    quarantinedOrders.length > 0 && '\nin quarantine: the relay publishes no events of these orders until a redrive',
    ...quarantinedOrders.map(({ orderKey, lastQuarantined }) => `  ${orderKey}, up to record ${lastQuarantined}`),
    next && `\nnext: npm run dlq -- list ${next.name}${stageOption}`,
  );
}

export function listText(
  { queue, unseen }: QueueReading,
  messages: readonly DeadLetterSummary[],
  limit: number,
  stageOption: string,
): string {
  const rows = messages
    .slice(0, limit)
    .map(({ messageId, code, orderId, orderKey = '', what, sentAt, redriven }) => [
      messageId,
      code,
      orderId ?? orderKey,
      what,
      ageText(sentAt),
      String(redriven),
    ]);
  const behind = queue.fifo ? 'behind the first messages of their orders, or ' : '';
  const [first] = messages;
  return linesOf(
    first && `${columns([['MESSAGE', 'REASON', 'ORDER', 'WHAT', 'AGE', 'REDRIVEN'], ...rows]).join('\n')}\n`,
    [`${queue.name}: ${count(messages.length, 'message')}`, ...reasonTexts(reasonsOf(messages))].join(', '),
    messages.length > limit && `the first ${limit} are shown; --limit N shows more`,
    unseen > 0 && `${unseen} more are ${behind}in flight elsewhere`,
    first && `next: npm run dlq -- show ${queue.name} ${first.messageId.slice(0, 8)}${stageOption}`,
  );
}

function reasonTexts(reasons: Record<string, number>): string[] {
  return Object.entries(reasons).map(([code, number]) => `${number} ${code}`);
}

/** One or more lines for each field that has a value. */
export function storyText({ order, quarantine, logs, body, ...story }: MessageStory): string {
  const fields: Record<string, string | number | readonly string[] | undefined> = {
    ...story,
    order: order
      ? `${order.status}, version ${order.version}, placed at ${order.placedAt}`
      : story.orderKey && 'not in the table',
    history: order?.history.map(
      ({ version, event, at, by, commandId }) => `${version}  ${event}  ${at}  by ${printableLine(by)}, ${commandId}`,
    ),
    quarantine: quarantine && [
      'the relay publishes no events of this order',
      quarantine.isLast ? 'this record is the last' : `more records follow, up to ${quarantine.lastQuarantined}`,
    ],
    logs,
    body,
  };
  const rows = Object.entries(fields).flatMap(([name, value]) =>
    [value ?? []].flat().map((line, position) => [position === 0 ? name : '', String(line)]),
  );
  return columns(rows).join('\n');
}

export function resultText(result: MoveResult, stageOption: string): string {
  const { operation, queue, outcome, counts, stayed, quarantinedOrders } = result;
  const orderKeys = quarantinedOrders.map(({ orderKey }) => orderKey).join(', ');
  return linesOf(
    `${queue}: ${counts.moved} ${operation === 'redrive' ? 'redriven' : 'discarded'}`,
    outcome === 'INTERRUPTED' && 'interrupted; the same command continues',
    counts.stayed > 0 && `${counts.stayed} stayed:`,
    ...stayed
      .slice(0, MAX_STAYED)
      .map(({ messageId, orderId = 'no order', why }) => `  ${messageId} of ${orderId}: ${why}`),
    stayed.length > MAX_STAYED && `  and ${stayed.length - MAX_STAYED} more`,
    counts.returned > 0 && `${counts.returned} came back: the cause is not fixed`,
    counts.passedOver > 0 && `${counts.passedOver} others were left`,
    counts.elsewhere > 0 && `${counts.elsewhere} were in flight elsewhere at the start: run the command again later`,
    counts.cameSince > 0 && `${counts.cameSince} arrived after the start and were left`,
    orderKeys !== '' && `still in quarantine: ${orderKeys}`,
    orderKeys !== '' &&
      `continue with --reason BEHIND_QUARANTINED; for an order without a message a day after its last: npm run dlq -- unpark ORDER${stageOption} --why "..."`,
  );
}

export function logText(operations: readonly LoggedOperation[]): string {
  const lines = operations.flatMap(({ startedAt, tool, operation, by, why, details, outcome, counts = {} }) => [
    `${startedAt}  ${tool} ${operation}  by ${by}: ${why}`,
    `  ${JSON.stringify(details)}`,
    `  ${outcome ?? 'not ended'} ${JSON.stringify(counts)}`,
  ]);
  return lines.join('\n') || 'no operations yet';
}

/** Joins the lines that are texts. Empty lines stay. */
function linesOf(...lines: (string | false | undefined)[]): string {
  return lines.filter((line) => typeof line === 'string').join('\n');
}
