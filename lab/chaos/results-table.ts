// node lab/chaos/results-table.ts: the table of docs/chaos.md, of the runs in lab/chaos/results.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from './report/run-result.ts';

const RESULTS = join(import.meta.dirname, 'results');

const results = readdirSync(RESULTS)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as RunResult)
  .toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));

function row(result: RunResult): string[] {
  const { scenario, minutes, rate, seed, verdict, events, happened, hits, promised, worstAnswerMs } = result;
  const hit = Object.values(hits).reduce((sum, count) => sum + count, 0);
  const processFaults = happened.filter(({ act }) =>
    ['kill', 'pause', 'pause-owner', 'deploy', 'shift-clock'].includes(act),
  ).length;
  const worstMs = promised.answers > 0 ? promised.worstMs : worstAnswerMs;
  return [
    `\`--scenario ${scenario} --minutes ${minutes} --rate ${rate} --seed ${seed}\``,
    verdict.replace('accepted ', '').replaceAll(/, (?:lost|doubled|out of order)/g, ' /'),
    String(events),
    `${processFaults} / ${hit}`,
    `${(worstMs / 1_000).toFixed(2)} s${promised.answers > 0 ? ' (outage)' : ''}`,
    `${result.recoverySeconds.toFixed(0)} s`,
  ];
}

const head = [
  '`npm run chaos --` …',
  'accepted / lost / doubled / out of order',
  'events',
  'process faults / calls hit',
  'worst answer',
  'at rest after',
];
const lines = [head, head.map(() => '---'), ...results.map(row)];
process.stdout.write(`${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`);
const accepted = results.reduce((sum, result) => sum + result.accepted, 0);
process.stdout.write(`\n${accepted} orders in ${results.length} runs\n`);
