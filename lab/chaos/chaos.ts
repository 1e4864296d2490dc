/**
 * `npm run chaos -- --scenario kill-storm --minutes 10 --rate 200` runs the whole pipeline on this machine, places orders at a
 * rate, injects faults by a seeded schedule, and then searches for every accepted order. It exits with 1 if an order was lost,
 * doubled or published out of order, or a promised answer was not given. The seed replays the schedule, not the timing of
 * processes.
 */
import { ResultFiles, runTool, say } from '../run-tool.ts';
import { type ChaosOptions, readOptions } from './chaos-options.ts';
import { playChaos } from './chaos-run.ts';
import { reportPage } from './report/report-page.ts';
import { summaryLines } from './report/run-result.ts';
import type { Second } from './report/timeline.ts';
import { momentLine } from './scenarios/moment.ts';
import { scheduleOf } from './scenarios/scenarios.ts';

const SAY_EVERY_SECONDS = 5;

/** Prints a line at intervals. */
function progress(): (second: Second, elapsedSeconds: number, accepted: number) => void {
  let saidAt = 0;
  let refused = 0;
  return (second, elapsedSeconds, accepted) => {
    refused += second.refused;
    if (elapsedSeconds < saidAt + SAY_EVERY_SECONDS) return;
    saidAt = elapsedSeconds;
    const { backlog, unpublished, outstanding } = second;
    const counts = `accepted ${accepted}, 503 ${refused}, waiting ${outstanding}, in the queue ${backlog}`;
    say(`${String(elapsedSeconds).padStart(5)} s  ${counts}, not published ${unpublished}`);
  };
}

async function run(options: ChaosOptions): Promise<number> {
  const { scenario, seed, minutes, rate, replayed, report } = options;
  const moments = scheduleOf(scenario, seed, { durationMs: minutes * 60_000, rate });
  say(`${scenario}, ${minutes} min, ${rate} orders/s, seed ${seed} (--seed ${seed} replays the schedule below,`);
  say(`not the timing of processes): ${moments.length} moments`);
  if (replayed) for (const moment of moments) say(momentLine(moment));

  const files = new ResultFiles(import.meta.dirname);
  const log = files.log(`${scenario}.log`);
  const { result, violationLines } = await playChaos({ ...options, moments, write: log.write, onSecond: progress() });
  [...summaryLines(result), ...violationLines].forEach(say);
  say(`figures ${files.writeJson(`${scenario}.json`, result)}, logs ${log.path}`);
  if (report) say(`charts ${files.write(`${scenario}.html`, reportPage(result))}`);
  say(result.verdict);
  return result.good ? 0 : 1;
}

await runTool(readOptions, run);
