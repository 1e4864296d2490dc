/**
 * `npm run fuzz -- --requests 100000 --seed 1`: bad requests, messages, events and connections by the hundred thousand at
 * the whole pipeline on this machine. Exits 1 if one was answered 5xx or not at all, if a refusal was no problem document or
 * an answer not as `/openapi.json` says, if a process ended, if a message was lost, or if a good client suffered.
 */
import { ResultFiles, runTool, say } from '../run-tool.ts';
import { type FuzzOptions, readOptions } from './fuzz-options.ts';
import { outcomeChart, resultOf, summaryLines } from './fuzz-result.ts';
import { FuzzRun } from './fuzz-run.ts';

async function run(options: FuzzOptions): Promise<number> {
  const startedMs = Date.now();
  say(`${options.targets.join(', ')}, seed ${options.seed}`);
  const files = new ResultFiles(import.meta.dirname);
  const log = files.log('latest.log');
  const fuzz = new FuzzRun(options, log.write);
  await fuzz.play();
  const result = resultOf(options, fuzz.figures, fuzz.violations, startedMs);
  summaryLines(result).forEach(say);
  const [figures, chart] = [files.writeJson('latest.json', result), files.write('latest.svg', outcomeChart(result))];
  say(`figures ${figures}, chart ${chart}, what the services logged ${log.path}`);
  return result.violations.length === 0 ? 0 : 1;
}

await runTool(readOptions, run);
