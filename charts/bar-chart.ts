import { escaped } from './page.ts';

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly color: string;
}

/** Bars that are compared with each other. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface BarChart {
  readonly title: string;
  readonly groups: readonly BarGroup[];
  /** Below it all. */
  readonly foot: string;
  readonly format: (value: number) => string;
  /** Each group has a longest bar of its own; else one length is the same value in all of them. */
  readonly scaledByGroup?: boolean;
}

const WIDTH = 820;
const LEFT = 200;
const RIGHT = 90;
const BAR = 20;
const GAP = 6;
const GROUP_GAP = 44;
const TOP = 56;
const LEAST_WIDTH = 1;

/** Bars from left to right, as an SVG document with everything that it needs in itself. */
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
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 4}" width="${WIDTH}" height="${y + 4}" role="img" aria-label="${escaped(title)}">
<style>text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:13px}.foot{fill:#777;font-size:11px}.y{text-anchor:end}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text class="title" x="16" y="24">${escaped(title)}</text>
${parts.join('\n')}
<text class="foot" x="16" y="${y - 10}">${escaped(foot)}</text>
</svg>
`;
}

function barSvg({ label, value, color }: Bar, y: number, longest: number, format: BarChart['format']): string {
  const width = Math.max(LEAST_WIDTH, (value / longest) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const base = y + 14;
  return (
    `<text class="y" x="${LEFT - 8}" y="${base}">${escaped(label)}</text>` +
    `<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR}" fill="${color}"/>` +
    `<text x="${LEFT + Number(width) + 6}" y="${base}">${format(value)}</text>`
  );
}
