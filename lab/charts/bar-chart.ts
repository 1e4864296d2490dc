import { escaped } from './page.ts';

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly color: string;
}

/** Bars that are compared with one another. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

interface BarChart {
  readonly title: string;
  readonly groups: readonly BarGroup[];
  /** Lines below the bars. */
  readonly foot: readonly string[];
  readonly format: (value: number) => string;
  /** Whether each group has a scale of its own. Default: one scale for all. */
  readonly scaledByGroup?: boolean;
}

const WIDTH = 840;
const LEFT = 260;
const RIGHT = 90;
const BAR = 20;
const GAP = 6;
const GROUP_GAP = 44;
const TOP = 56;
const FOOT_LINE = 16;
const MIN_WIDTH = 1;

/** Horizontal bars, as a self-contained SVG document. */
export function barChartSvg({ title, groups, foot, format, scaledByGroup }: BarChart): string {
  const longestOf = (groups: readonly BarGroup[]) =>
    Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)), 0.001);
  let y = TOP;
  const parts = groups.map((group) => {
    const longest = longestOf(scaledByGroup ? [group] : groups);
    const heading = `<text class="title" x="16" y="${y}">${escaped(group.title)}</text>`;
    const rows = group.bars.map((bar, n) => barSvg(bar, y + 10 + n * (BAR + GAP), longest, format));
    y += group.bars.length * (BAR + GAP) + GROUP_GAP;
    return heading + rows.join('');
  });
  const footLines = foot.map(
    (line, n) => `<text class="foot" x="16" y="${y - 10 + n * FOOT_LINE}">${escaped(line)}</text>`,
  );
  const height = y - 12 + foot.length * FOOT_LINE;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:13px}.foot{fill:#777;font-size:11px}.y{text-anchor:end}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text class="title" x="16" y="24">${escaped(title)}</text>
${parts.join('\n')}
${footLines.join('\n')}
</svg>
`;
}

function barSvg({ label, value, color }: Bar, y: number, longest: number, format: BarChart['format']): string {
  const width = Math.max(MIN_WIDTH, (value / longest) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const base = y + 14;
  return (
    `<text class="y" x="${LEFT - 8}" y="${base}">${escaped(label)}</text>` +
    `<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR}" fill="${color}"/>` +
    `<text x="${LEFT + Number(width) + 6}" y="${base}">${format(value)}</text>`
  );
}
