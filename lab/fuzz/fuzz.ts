/**
 * `npm run fuzz -- --requests 100000 --seed 1` sends bad requests, messages, events and connections to the whole pipeline on this
 * machine. It exits with 1 if a request was answered 5xx or not at all, a refusal was not a problem document, an answer did not
 * match `/openapi.json`, a process ended, a message was lost, or a good client had errors.
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
  say(`figures ${figures}, chart ${chart}, logs ${log.path}`);
  return result.violations.length === 0 ? 0 : 1;
}

await runTool(readOptions, run);
