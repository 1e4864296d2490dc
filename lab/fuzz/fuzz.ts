/**
 * `npm run fuzz -- --requests 100000 --seed 1`: bad requests, messages, events and connections by the hundred thousand at
 * the whole pipeline on this machine. Exits 1 if one was answered 5xx or not at all, if a refusal was no problem document or
 * an answer not as `/openapi.json` says, if a process ended, if a message was lost, or if a good client suffered.
 */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { missingBuilds } from '../../local/apps.ts';
import { killRemaining } from '../../local/processes/supervised-process.ts';
import { type FuzzArguments, readArguments, usage } from './fuzz-arguments.ts';
import { resultOf, summaryLines } from './fuzz-result.ts';
import { FuzzRun } from './fuzz-run.ts';
import { outcomeChart } from './outcome-chart.ts';

const RESULTS = join(import.meta.dirname, 'results');

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const resultFile = (kind: string): string => join(RESULTS, `latest.${kind}`);

function checkedArguments(): FuzzArguments {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}\n`);
    return process.exit(2);
  }
}

async function main(): Promise<void> {
  const chosen = checkedArguments();
  const missing = missingBuilds();
  if (missing.length > 0) {
    process.stderr.write(`${missing.join('\n')}\n`);
    process.exit(1);
  }
  const beganMs = Date.now();
  say(`${chosen.targets.join(', ')}, seed ${chosen.seed}`);
  mkdirSync(RESULTS, { recursive: true });
  const serviceLog = createWriteStream(resultFile('log'));
  process.on('exit', killRemaining);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const run = new FuzzRun(chosen, (name, line) => void serviceLog.write(`${name} | ${line}\n`), say);
  await run.play();

  const result = resultOf(chosen, run.figures, run.violations, beganMs);
  writeFileSync(resultFile('json'), `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(resultFile('svg'), outcomeChart(result));
  summaryLines(result).forEach(say);
  const [figures, chart, log] = ['json', 'svg', 'log'].map((kind) => relative('', resultFile(kind)));
  say(`figures ${figures}, chart ${chart}, what the services logged ${log}`);
  process.exit(result.violations.length === 0 ? 0 : 1);
}

await main();
