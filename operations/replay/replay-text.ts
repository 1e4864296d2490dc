import type { ReplayOptions } from './replay-options.ts';
import type { ReplayResult } from './replay.ts';

/** As many ids as fit on a screen. */
const IDS_SHOWN = 20;

/** Whether all that was asked for was told again. */
export function isComplete({ unknown, untellable, stoppedBy }: ReplayResult): boolean {
  return unknown.length + untellable.length === 0 && stoppedBy === undefined;
}

export function orderLine(orderId: string, versions: readonly number[]): string {
  const [first, last] = [versions[0], versions.at(-1)];
  return `  ${orderId}  ${first === last ? `version ${first}` : `versions ${first} to ${last}`}`;
}

export function progressLine({ read, events, readUnits, cursor }: ReplayResult): string {
  const units = readUnits > 0 ? `, ${Math.ceil(readUnits)} read units` : '';
  return `  ${count(read, 'order')} looked at${units}: ${count(events, 'event')}${cursor ? `; --after ${cursor}` : ''}`;
}

/** What came of it, for a person. */
export function resultText(result: ReplayResult, options: ReplayOptions, stageOption: string): string {
  const { dryRun, consumers } = options;
  const { orders, events, sent } = result;
  const to = consumers.map((name) => `${name} ${sent[name] ?? 0}`).join(', ');
  const lines = [
    `${dryRun ? 'would tell' : 'told'} again: ${count(events, 'event')} of ${count(orders, 'order')}; ${to}` +
      (dryRun ? '. Nothing was sent' : ` (replay ${options.replay})`),
    ...noteOf('there is no order', result.unknown),
    ...noteOf('only the newest event, as earlier ones can not be made anew for certain', result.newestOnly),
    ...noteOf('no event can be made of, its history does not lead to what it is', result.untellable),
    ...noteOf(
      'parked by the stream-relay, which no replay changes; npm run dlq redrives what is parked',
      result.parked,
    ),
  ];
  if (result.stoppedBy !== undefined) lines.push(...stopLines(result, options, stageOption));
  return lines.join('\n');
}

/** What is typed to go on; to do some of it again harms nobody. */
function stopLines({ stoppedBy, cursor }: ReplayResult, options: ReplayOptions, stageOption: string): string[] {
  const { replay, window, orderIds } = options;
  const after = cursor === undefined ? '' : ` --after ${cursor}`;
  const time = window ? ` --from ${window.from} --until ${window.until}` : '';
  const what = orderIds ? `the same --order and --orders${time}` : time.trim();
  return [`stopped by ${stoppedBy}`, `to go on type it again${stageOption} with ${what} --replay ${replay}${after}`];
}

function noteOf(what: string, orderIds: readonly string[]): string[] {
  if (orderIds.length === 0) return [];
  const more = orderIds.length > IDS_SHOWN ? ` and ${orderIds.length - IDS_SHOWN} more (--json has all)` : '';
  return [`${what}: ${orderIds.slice(0, IDS_SHOWN).join(', ')}${more}`];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
