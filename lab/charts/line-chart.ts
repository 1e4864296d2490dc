import { escaped, SVG_STYLE } from './page.ts';

/** A line of a chart, with values at even intervals. */
interface Line {
  readonly name: string;
  readonly color: string;
  readonly dashed?: boolean;
  readonly values: readonly number[];
}

export interface Chart {
  readonly title: string;
  readonly lines: readonly Line[];
  /** The time from the first value to the last, or the labels of the axis for each part of it, from 0 to 1. */
  readonly along: { readonly seconds: number } | ((part: number) => string);
  readonly format: (value: number) => string;
}

const WIDTH = 960;
const HEIGHT = 190;
const LEFT = 70;
const RIGHT = 20;
const TOP = 30;
const BOTTOM = 24;
const CAPTION = 20;
const X_LABELS = 12;
/** The maximum number of points. Each is the highest of its values, so that no peak is lost. */
const POINTS = 480;

/** A whole number with thousands separated. */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** Makes lines, each with one value of every second, and charts of them. */
export function chartsOf<Second>(seconds: readonly Second[]) {
  return {
    line: (name: string, color: string, valueOf: (second: Second) => number): Line => {
      return { name, color, values: seconds.map(valueOf) };
    },
    chart: (title: string, lines: readonly Line[], format: Chart['format'] = count): Chart => {
      return { title, lines, format, along: { seconds: seconds.length } };
    },
  };
}

/** A chart as SVG for an HTML page. */
export function chartSvg(chart: Chart): string {
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${chart.title}">${contentOf(chart)}</svg>`;
}

/** A chart as a self-contained SVG document. */
export function chartDocument(chart: Chart, caption: string): string {
  const height = HEIGHT + CAPTION;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${chart.title}">
<style>${SVG_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>
${contentOf(chart)}<text x="${LEFT}" y="${height - 6}">${escaped(caption)}</text>
</svg>
`;
}

function contentOf({ title, lines, along, format }: Chart): string {
  const top = niceTop(Math.max(...lines.flatMap(({ values }) => peaks(values))));
  const x = (part: number) => LEFT + part * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = y(part * top).toFixed(1);
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/><text class="y" x="${LEFT - 8}" y="${Number(at) + 4}">${format(part * top)}</text>`;
  });
  const label = typeof along === 'function' ? along : (part: number) => timeText(part * along.seconds, along.seconds);
  const times = Array.from({ length: X_LABELS + 1 }, (_, n) => {
    const part = n / X_LABELS;
    return `<text class="x" x="${x(part).toFixed(1)}" y="${HEIGHT - 6}">${label(part)}</text>`;
  });
  const paths = lines.map(({ color, values, dashed }) => {
    const points = peaks(values);
    const path = points.map((value, n) => `${x(n / (points.length - 1)).toFixed(1)},${y(value).toFixed(1)}`);
    return `<polyline points="${path.join(' ')}" stroke="${color}"${dashed ? ' stroke-dasharray="5 4"' : ''}/>`;
  });
  let at = WIDTH - RIGHT - lines.reduce((sum, { name }) => sum + keyWidth(name), 0);
  const key = lines.map(({ name, color }) => {
    const entry = `<rect x="${at}" y="8" width="12" height="4" fill="${color}"/><text class="key" x="${at + 18}" y="14">${name}</text>`;
    at += keyWidth(name);
    return entry;
  });
  const heading = `<text class="title" x="${LEFT}" y="15">${title}</text>`;
  return [heading, ...grid, ...times, ...paths, ...(lines.length > 1 ? key : [])].join('');
}

/** A character of the largest font takes less than nine. */
function keyWidth(name: string): number {
  return 30 + Math.ceil(name.length * 8.5);
}

/** Reduces values to at most POINTS: the highest of each interval. */
function peaks(values: readonly number[]): number[] {
  const size = Math.max(1, Math.ceil(values.length / POINTS));
  return Array.from({ length: Math.ceil(values.length / size) }, (_, n) =>
    Math.max(...values.slice(n * size, (n + 1) * size)),
  );
}

/** The next larger value whose quarters are short numbers; at least 4. */
function niceTop(highest: number): number {
  if (highest <= 8) return highest <= 4 ? 4 : 8;
  const power = 10 ** Math.floor(Math.log10(highest));
  const factor = [1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 12].find((factor) => factor * power >= highest) ?? 12;
  return factor * power;
}

function timeText(second: number, all: number): string {
  if (all < 12 * 60) return `${Math.round(second)} s`;
  return all > 2 * 3_600 ? `${Math.round(second / 3_600)} h` : `${Math.round(second / 60)} min`;
}
