/**
 * `npm run relay:replay`: tells events of orders again, marked as a replay, here or with `--stage NAME` on AWS. Exits 0 when
 * all was told, 1 when something was not, 2 when it was typed wrong, 130 when it was interrupted.
 */
import { AuditLog, type Responsibility, responsibility } from './audit-log.ts';
import { asksForHelp, readOptions, type ReplayOptions, usage } from './replay/replay-options.ts';
import { isComplete, orderLine, progressLine, resultText } from './replay/replay-text.ts';
import { Replay, type ReplayResult } from './replay/replay.ts';
import { openTarget, type Target } from './target.ts';
import { outliveReader } from './terminal.ts';
import { TargetError, UsageError } from './usage-error.ts';

const WRONG_USAGE = 2;
const INTERRUPTED = 130;

function askedFor(args: readonly string[]): ReplayOptions {
  try {
    return readOptions(args, new Date());
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${error.message}\n${usage}`) : error;
  }
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

async function run(replay: Replay, { json, orderIds }: ReplayOptions): Promise<ReplayResult> {
  const onProgress = (result: ReplayResult) => console.error(progressLine(result));
  const onOrder = (orderId: string, versions: readonly number[]) => {
    if (orderIds && !json) console.log(orderLine(orderId, versions));
  };
  await replay.run(interrupted.signal, onProgress, onOrder);
  return replay.result;
}

function outcomeOf(result: ReplayResult): string {
  if (result.stoppedBy !== undefined) return `STOPPED by ${result.stoppedBy}`;
  return isComplete(result) ? 'DONE' : 'INCOMPLETE';
}

/** What a log of years can carry. */
function countsOf({ read, readUnits, orders, events, sent, cursor, ...lists }: ReplayResult) {
  const { unknown, newestOnly, untellable, parked } = lists;
  const lengths = Object.entries({ unknown, newestOnly, untellable, parked }).map(([name, ids]) => [name, ids.length]);
  return { read, readUnits, orders, events, sent, cursor, ...Object.fromEntries(lengths) };
}

async function runLogged(target: Target, replay: Replay, options: ReplayOptions, who: Responsibility) {
  const { consumers, orderIds, window, after, rate } = options;
  const details = { replay: options.replay, to: consumers, orders: orderIds?.slice(0, 100), window, after, rate };
  const act = await new AuditLog(target).begin({ tool: 'relay:replay', act: 'replay', ...who, details });
  const result = await run(replay, options);
  await act.end(outcomeOf(result), countsOf(result));
  return result;
}

async function main(): Promise<number> {
  const typed = process.argv.slice(2);
  if (asksForHelp(typed)) {
    console.log(usage);
    return 0;
  }
  const options = askedFor(typed);
  const who = options.dryRun ? undefined : responsibility(options);
  const target = openTarget(options.stage);
  try {
    const replay = new Replay(target, options);
    await replay.prepare();
    const result = await (who ? runLogged(target, replay, options, who) : run(replay, options));
    const { replay: id, consumers: to, dryRun } = options;
    console.log(
      options.json
        ? JSON.stringify({ replay: id, to, dryRun, ...result })
        : resultText(result, options, target.stageOption),
    );
    if (interrupted.signal.aborted) return INTERRUPTED;
    return isComplete(result) ? 0 : 1;
  } finally {
    target.destroy();
  }
}

outliveReader();
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError || error instanceof TargetError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof UsageError ? WRONG_USAGE : 1;
}
