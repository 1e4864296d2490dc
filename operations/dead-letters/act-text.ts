import { relayDeadLetterQueue } from '#libs/resources';
import type { LoggedAct } from '../audit-log.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { ActResult } from './letter-acts.ts';
import type { QueueLook } from './queue-look.ts';
import { unseenText } from './queue-overview.ts';

const MOST_TOLD = 20;

export function actText({ act, queue, filter, outcome, counts, stayed, parkedOrders }: ActResult, stageOption: string) {
  const done = act === 'redrive' ? 'redriven' : 'discarded';
  const lines = [
    `${queue}, ${filter}: ${counts.moved} ${done}${outcome === 'INTERRUPTED' ? ', then interrupted; the same command goes on' : ''}`,
    outcome === 'INTERRUPTED' &&
      queue === relayDeadLetterQueue.name &&
      `the rest of an order that was begun goes on with --reason BEHIND_QUARANTINED`,
    counts.stayed > 0 && `${counts.stayed} stayed:`,
    ...stayed
      .slice(0, MOST_TOLD)
      .map(({ messageId, orderId, why }) => `  ${messageId}${orderId ? ` of ${orderId}` : ''}: ${why}`),
    stayed.length > MOST_TOLD && `  and ${stayed.length - MOST_TOLD} more`,
    counts.returned > 0 && `${counts.returned} came back: the cause is not mended`,
    counts.passedOver > 0 && `${counts.passedOver} others were left`,
    counts.elsewhere > 0 &&
      `${counts.elsewhere} were in somebody else’s hands when it began: look again when they are done`,
    counts.cameSince > 0 && `${counts.cameSince} came since the beginning and were left`,
    ...parkedText(parkedOrders, stageOption),
  ];
  return lines.filter((line) => line !== false).join('\n');
}

function parkedText(parkedOrders: ActResult['parkedOrders'], stageOption: string): string[] {
  if (parkedOrders.length === 0) return [];
  return [
    `${parkedOrders.length} orders are still parked: ${parkedOrders.map(({ orderKey }) => orderKey).join(', ')}`,
    `if the queue has no letter of one a day after its last, that letter is lost: npm run dlq -- unpark ORDER${stageOption} --why "..."`,
  ];
}

export function dryRunText(command: string, look: QueueLook, selected: readonly DeadLetter[]): string {
  return [
    `${command} would take ${selected.length} messages of ${look.queue.name}; nothing was changed`,
    ...selected
      .slice(0, MOST_TOLD)
      .map(({ messageId, code, orderId = '', what }) => `  ${messageId}  ${code}  ${orderId}  ${what}`.trimEnd()),
    ...(selected.length > MOST_TOLD ? [`  and ${selected.length - MOST_TOLD} more`] : []),
    ...(look.unseen > 0 ? [unseenText(look)] : []),
  ].join('\n');
}

export function logText(acts: readonly LoggedAct[]): string {
  if (acts.length === 0) return 'nothing was done yet';
  return acts
    .map(({ startedAt, tool, act, by, why, details, outcome = 'not ended', counts = {} }) =>
      [
        `${startedAt}  ${tool} ${act}  by ${by}: ${why}`,
        `  ${pairs(details)}`,
        `  ${outcome}${Object.keys(counts).length > 0 ? `: ${pairs(counts)}` : ''}`,
      ].join('\n'),
    )
    .join('\n');
}

function pairs(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
