import { BLUE, GREEN, ORANGE, RED } from '../../charts/colors.ts';
import { type Chart, chartsOf, chartSvg } from '../../charts/line-chart.ts';
import { escaped, page } from '../../charts/page.ts';
import type { Happened } from '../scenarios/schedule-player.ts';
import { type RunResult, summaryLines } from './run-result.ts';

/** A self-contained page with the figures and charts of a run. */
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
  const { line, chart } = chartsOf(seconds);
  return [
    chart('Answers a second', [
      line('accepted', GREEN, ({ accepted }) => accepted),
      line('503', ORANGE, ({ refused }) => refused),
      line('no answer', RED, ({ unanswered }) => unanswered),
    ]),
    chart('Messages in the orders queue', [line('messages', BLUE, ({ backlog }) => backlog)]),
    chart('Orders that wait', [
      line('accepted, not published', BLUE, ({ unpublished }) => unpublished),
      line('not accepted yet', ORANGE, ({ outstanding }) => outstanding),
    ]),
  ];
}

const WIDTH = 960;
const LEFT = 230;
const RIGHT = 20;
const ROW = 16;
const TOP = 24;
/** A fault without duration is visible as well. */
const MIN_WIDTH = 1.5;
const MAX_ROWS = 40;

/** The time spans of the faults, with a row for each kind, as SVG. */
function faultChart(happened: readonly Happened[], seconds: number): string {
  const rows = [...Map.groupBy(happened, ({ what }) => what.replaceAll(/ \d[\d.-]*( ms| %)/g, ''))].slice(0, MAX_ROWS);
  const x = (ms: number): number => LEFT + (ms / 1_000 / seconds) * (WIDTH - LEFT - RIGHT);
  const bars = rows.flatMap(([what, times], row) => {
    const y = TOP + row * ROW;
    const label = what.length > 38 ? `${what.slice(0, 37)}…` : what;
    return [
      `<text class="y" x="${LEFT - 8}" y="${y + 10}">${label}</text>`,
      ...times.map(({ fromMs, untilMs, what, act }) => {
        const width = Math.max(MIN_WIDTH, x(untilMs) - x(fromMs)).toFixed(1);
        const color = act === 'promise' ? GREEN : RED;
        const title = `<title>${what}, ${(fromMs / 1_000).toFixed(1)} s</title>`;
        return `<rect x="${x(fromMs).toFixed(1)}" y="${y + 2}" width="${width}" height="${ROW - 5}" fill="${color}">${title}</rect>`;
      }),
    ];
  });
  const height = TOP + rows.length * ROW + 4;
  const title = `<text class="title" x="${LEFT}" y="15">What happened when</text>`;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="What happened when">${title}${bars.join('')}</svg>`;
}
