import { BLUE, GREEN, ORANGE, RED } from '../charts/colors.ts';
import { chartSvg, type Chart } from '../charts/line-chart.ts';
import { escaped, page } from '../charts/page.ts';
import { backlog, figuresOf } from './figures.ts';
import type { Second } from './history.ts';
import type { TaskRates } from './pipeline.ts';
import { count, figureRows, platformText } from './report-text.ts';
import type { Platform } from './scaled-service.ts';
import type { Run } from './simulation.ts';

/** A page that shows a run, with nothing to load. */
export function reportPage(run: Run, platform: Platform, rates: TaskRates): string {
  const { name, description } = run.profile;
  const rows = figureRows(figuresOf(run)).map(([figure, value]) => `<tr><td>${figure}</td><td>${value}</td></tr>`);
  return page(`Scaling: ${name}`, [
    `<h1>${name}</h1>`,
    `<p>Simulated: ${escaped(description)}.</p>`,
    `<table>${rows.join('')}</table>`,
    ...charts(run).map(chartSvg),
    '<h2>What the template says</h2>',
    `<pre>${escaped(platformText(platform, rates))}</pre>`,
    `<p>Made by <code>npm run simulate:scaling -- --profile ${name}</code>. What is assumed of AWS is in
<code>lab/scaling/assumptions.ts</code>; what a task does was measured by <code>npm run bench:rates</code>.</p>`,
  ]);
}

function charts({ seconds, profile }: Run): Chart[] {
  const line = (name: string, color: string, of: (second: Second) => number) => ({
    name,
    color,
    values: seconds.map(of),
  });
  const chart = (title: string, format: (value: number) => string, lines: Chart['lines']): Chart => ({
    title,
    format,
    lines,
    along: { seconds: profile.seconds },
  });
  let dollars = 0;
  return [
    chart('Orders a second', count, [
      line('decided', GREEN, ({ decided }) => decided),
      line('refused', RED, ({ refused }) => refused),
      { ...line('asked for', BLUE, ({ demand }) => demand), dashed: true },
    ]),
    chart('Orders that wait in the queue', count, [line('orders', BLUE, backlog)]),
    chart('Tasks that run', count, [
      line('api', BLUE, ({ running }) => running.api),
      line('worker', ORANGE, ({ running }) => running.worker),
      line('stream-relay', GREEN, ({ running }) => running['stream-relay']),
    ]),
    chart('Age of the oldest order', (value) => `${value} s`, [
      line('not decided', ORANGE, ({ oldestUndecidedSeconds }) => oldestUndecidedSeconds),
      line('not told', GREEN, ({ oldestUntoldSeconds }) => oldestUntoldSeconds),
    ]),
    chart('Dollars since the start', (value) => `$${value.toFixed(2)}`, [
      line('dollars', BLUE, (second) => {
        dollars += second.dollars;
        return dollars;
      }),
    ]),
  ];
}
