/**
 * `npm run chaos -- --scenario kill-storm --minutes 10 --rate 200`: the whole pipeline on this machine, orders at a rate,
 * faults by a seeded schedule; then every accepted order is looked for. Exits 1 if one was lost, doubled or told out of
 * order, or a promise of an answer was not kept. What the seed replays is the schedule, not the timing of processes.
 */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { missingBuilds } from '../../local/apps.ts';
import { killRemaining } from '../../local/processes/supervised-process.ts';
import { type ChaosArguments, readArguments, usage } from './chaos-arguments.ts';
import { ChaosRun } from './chaos-run.ts';
import { reportPage } from './report/report-page.ts';
import { summaryLines } from './report/report-text.ts';
import type { Second } from './report/timeline.ts';
import { momentLine } from './scenarios/moment.ts';
import { scheduleOf } from './scenarios/scenarios.ts';

const RESULTS = join(import.meta.dirname, 'results');
const SAY_EVERY_SECONDS = 5;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function checkedArguments(): ChaosArguments {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}\n`);
    return process.exit(2);
  }
}

/** A line every five seconds. */
function progress(): (second: Second, elapsedSeconds: number, accepted: number) => void {
  let saidAt = 0;
  let refused = 0;
  return (second, elapsedSeconds, accepted) => {
    refused += second.refused;
    if (elapsedSeconds < saidAt + SAY_EVERY_SECONDS) return;
    saidAt = elapsedSeconds;
    const { backlog, untold, outstanding } = second;
    const at = String(elapsedSeconds).padStart(5);
    say(
      `${at} s  accepted ${accepted}, 503 ${refused}, waiting ${outstanding}, in the queue ${backlog}, untold ${untold}`,
    );
  };
}

async function main(): Promise<void> {
  const chosen = checkedArguments();
  const missing = missingBuilds();
  if (missing.length > 0) {
    process.stderr.write(`${missing.join('\n')}\n`);
    process.exit(1);
  }
  const { scenario, seed, minutes, rate, replayed } = chosen;
  const moments = scheduleOf(scenario, seed, { durationMs: minutes * 60_000, rate });
  say(`${scenario}, ${minutes} min, ${rate} orders/s, seed ${seed} (--seed ${seed} replays the schedule below,`);
  say(`not the timing of processes): ${moments.length} moments`);
  if (replayed) for (const moment of moments) say(momentLine(moment));

  mkdirSync(RESULTS, { recursive: true });
  const log = createWriteStream(join(RESULTS, `${scenario}.log`));
  const write = (name: string, line: string): void => void log.write(`${name} | ${line}\n`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error(signal)));
  process.on('exit', killRemaining);
  const run = new ChaosRun({ ...chosen, moments, write, onSecond: progress(), signal: stop.signal });
  const { result, faultLines } = await run.play().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
    say('stopped before its end: no verdict');
    return process.exit(130);
  });

  const file = (extension: string): string => join(RESULTS, `${scenario}.${extension}`);
  writeFileSync(file('json'), `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(file('html'), reportPage(result));
  [...summaryLines(result), ...faultLines].forEach(say);
  say(`chart ${relative('', file('html'))}, figures ${relative('', file('json'))}, logs ${relative('', file('log'))}`);
  say(result.verdict);
  process.exit(result.good ? 0 : 1);
}

await main();
