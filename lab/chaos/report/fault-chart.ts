import { GREEN, RED } from '../../charts/colors.ts';
import type { Happened } from '../scenarios/schedule-player.ts';

const WIDTH = 960;
const LEFT = 230;
const RIGHT = 20;
const ROW = 16;
const TOP = 24;
/** What takes no time is a line that is seen. */
const LEAST_WIDTH = 1.5;
const MOST_ROWS = 40;

/** When each fault lasted, a row for each kind of it, as SVG. */
export function faultChart(happened: readonly Happened[], seconds: number): string {
  const rows = [...Map.groupBy(happened, ({ what }) => what.replaceAll(/ \d[\d.-]*( ms| %)/g, ''))].slice(0, MOST_ROWS);
  const x = (ms: number): number => LEFT + (ms / 1_000 / seconds) * (WIDTH - LEFT - RIGHT);
  const bars = rows.flatMap(([what, times], row) => {
    const y = TOP + row * ROW;
    const label = what.length > 38 ? `${what.slice(0, 37)}…` : what;
    return [
      `<text class="y" x="${LEFT - 8}" y="${y + 10}">${label}</text>`,
      ...times.map(({ fromMs, untilMs, what, act }) => {
        const width = Math.max(LEAST_WIDTH, x(untilMs) - x(fromMs)).toFixed(1);
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
