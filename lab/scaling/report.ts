import { BLUE, GREEN, ORANGE, RED } from '../charts/colors.ts';
import { type Chart, chartsOf, chartSvg } from '../charts/line-chart.ts';
import { escaped, page } from '../charts/page.ts';
import { backlog, duration, figureRows, figuresOf } from './figures.ts';
import { serviceNames } from './platform.ts';
import type { Profile } from './profiles.ts';
import type { Run } from './simulation.ts';

/** A self-contained HTML page with the figures and charts of a run. */
export function reportPage(name: string, { description }: Profile, run: Run): string {
  const rows = figureRows(figuresOf(run)).map(([figure, value]) => `<tr><td>${figure}</td><td>${value}</td></tr>`);
  return page(`Scaling: ${name}`, [
    `<h1>${name}</h1>`,
    `<p>Simulated: ${escaped(description)}.</p>`,
    `<table>${rows.join('')}</table>`,
    ...charts(run).map(chartSvg),
  ]);
}

const TASK_COLORS = { api: BLUE, worker: ORANGE, 'stream-relay': GREEN };

function charts({ seconds }: Run): Chart[] {
  const { line, chart } = chartsOf(seconds);
  const requested = line('requested', BLUE, ({ demand }) => demand);
  return [
    chart('Orders a second', [
      line('decided', GREEN, ({ decided }) => decided),
      line('refused', RED, ({ refused }) => refused),
      { ...requested, dashed: true },
    ]),
    chart('Orders waiting in the queue', [line('orders', BLUE, backlog)]),
    chart(
      'Running tasks',
      serviceNames.map((name) => line(name, TASK_COLORS[name], ({ running }) => running[name])),
    ),
    chart(
      'Age of the oldest order',
      [
        line('not decided', ORANGE, ({ oldestUndecidedSeconds }) => oldestUndecidedSeconds),
        line('not published', GREEN, ({ oldestUnpublishedSeconds }) => oldestUnpublishedSeconds),
      ],
      duration,
    ),
  ];
}
