/** `npm run relay:replay`: publishes events of orders again, marked as a replay. See docs/runbook.md. */
import type { Environment } from './environment.ts';
import { readArguments, type ReplayArguments, usage } from './replay/arguments.ts';
import { openReplay, type ReplayResult, runReplay } from './replay/event-replay.ts';
import { count, say } from './terminal.ts';
import { type Answer, responsibility, runTool } from './tool.ts';

/** As many ids as fit on a screen. */
const MAX_IDS = 20;

await runTool({ usage, readArguments, run });

async function run(environment: Environment, typed: ReplayArguments, signal: AbortSignal): Promise<Answer> {
  const { replay: id, consumers: to, orderIds, dryRun, json } = typed;
  if (!dryRun) responsibility(typed);
  const replay = await openReplay(environment, typed);
  const { result } = replay;
  const onPage = () => say(progressText(result));
  const onOrder = (orderId: string, versions: readonly number[]) => {
    if (orderIds && !json) process.stdout.write(`${orderText(orderId, versions)}\n`);
  };
  const outcome = await runReplay(replay, signal, onPage, onOrder);
  const text = resultText(result, typed, environment.stageOption);
  return { text, document: { replay: id, to, dryRun, ...result }, complete: outcome === 'DONE' };
}

function orderText(orderId: string, versions: readonly number[]): string {
  const [first, last] = [versions[0], versions.at(-1)];
  return `  ${orderId}  ${first === last ? `version ${first}` : `versions ${first} to ${last}`}`;
}

function progressText({ read, events, readUnits, cursor }: ReplayResult): string {
  const units = readUnits > 0 ? ` with ${count(Math.ceil(readUnits), 'read unit')}` : '';
  return `  ${count(read, 'order')} read${units}: ${count(events, 'event')}${cursor ? `; --after ${cursor}` : ''}`;
}

function resultText(result: ReplayResult, typed: ReplayArguments, stageOption: string): string {
  const { dryRun, consumers, replay } = typed;
  const { orders, events, sent, stoppedBy } = result;
  const to = consumers.map((name) => `${name} ${sent[name] ?? 0}`).join(', ');
  const what = `${count(events, 'event')} of ${count(orders, 'order')}; ${to}`;
  return [
    dryRun ? `would replay: ${what}. Nothing was sent` : `replayed: ${what} (replay ${replay})`,
    ...noteOf('unknown orders', result.unknown),
    ...noteOf('only the newest event, because earlier ones cannot be derived with certainty', result.newestOnly),
    ...noteOf('no event, because the history does not lead to the order as it is', result.unpublishable),
    ...noteOf('still in the quarantine of the relay, which npm run dlq ends', result.quarantined),
    ...(stoppedBy === undefined ? [] : [`stopped by ${stoppedBy}`, continuationText(result, typed, stageOption)]),
  ].join('\n');
}

/** The arguments that continue the replay. Repeated events do no harm. */
function continuationText({ cursor }: ReplayResult, typed: ReplayArguments, stageOption: string): string {
  const { replay, window, orderIds } = typed;
  const orders = orderIds ? 'the same --order and --orders ' : '';
  const time = window ? `--from ${window.from} --until ${window.until} ` : '';
  const after = cursor === undefined ? '' : ` --after ${cursor}`;
  return `to continue, type it again${stageOption} with ${orders}${time}--replay ${replay}${after}`;
}

function noteOf(what: string, orderIds: readonly string[]): string[] {
  if (orderIds.length === 0) return [];
  const more = orderIds.length > MAX_IDS ? ` and ${orderIds.length - MAX_IDS} more (--json has all)` : '';
  return [`${what}: ${orderIds.slice(0, MAX_IDS).join(', ')}${more}`];
}
