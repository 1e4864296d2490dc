import { BLUE, GREEN, ORANGE, RED } from '../../charts/colors.ts';
import { chartSvg, type Chart } from '../../charts/line-chart.ts';
import { escaped, page } from '../../charts/page.ts';
import { faultChart } from './fault-chart.ts';
import { summaryLines } from './report-text.ts';
import type { RunResult } from './run-result.ts';
import type { Second } from './timeline.ts';

/** A page that shows a run, with nothing to load. */
export function reportPage(result: RunResult): string {
  const { scenario, description, command, machine, startedAt, verdict } = result;
  return page(`Chaos: ${scenario}`, [
    `<h1>${scenario}</h1>`,
    `<p>${escaped(description)}.</p>`,
    `<pre>${escaped([command, `${startedAt}, ${machine}`, ...summaryLines(result), verdict].join('\n'))}</pre>`,
    ...charts(result).map(chartSvg),
    faultChart(result.happened, result.seconds.length),
  ]);
}

function charts({ seconds }: RunResult): Chart[] {
  const line = (name: string, color: string, of: (second: Second) => number) => ({
    name,
    color,
    values: seconds.map(of),
  });
  const chart = (title: string, lines: Chart['lines']): Chart => {
    return { title, lines, along: { seconds: seconds.length }, format: (value) => value.toLocaleString('en') };
  };
  return [
    chart('Answers a second', [
      line('accepted', GREEN, ({ accepted }) => accepted),
      line('503', ORANGE, ({ refused }) => refused),
      line('no answer', RED, ({ unanswered }) => unanswered),
    ]),
    chart('Messages in the orders queue', [line('messages', BLUE, ({ backlog }) => backlog)]),
    chart('Orders that wait', [
      line('accepted, not told', BLUE, ({ untold }) => untold),
      line('not accepted yet', ORANGE, ({ outstanding }) => outstanding),
    ]),
  ];
}
