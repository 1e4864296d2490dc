import { BLUE, GREEN, GREY } from '../../charts/colors.ts';
import { escaped } from '../../charts/page.ts';
import type { Results } from '../results-file.ts';

interface Bar {
  label: string;
  cpuMs: number;
  color: string;
}

interface Group {
  title: string;
  bars: Bar[];
}

const WIDTH = 820;
const LEFT = 200;
const RIGHT = 90;
const BAR = 20;
const GAP = 6;
const GROUP_GAP = 44;
const TOP = 56;

/** CPU time of an order, by station and variant, as SVG with everything that it needs in itself. */
export function comparisonChart(results: Results): string {
  const groups = groupsOf(results);
  const longest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ cpuMs }) => cpuMs)), 0.001);
  let y = TOP;
  const parts = groups.map(({ title, bars }) => {
    const heading = `<text class="title" x="16" y="${y}">${title}</text>`;
    const rows = bars.map((bar, n) => barSvg(bar, y + 10 + n * (BAR + GAP), longest));
    y += bars.length * (BAR + GAP) + GROUP_GAP;
    return heading + rows.join('');
  });
  const foot = `${results.machine}, ${results.measuredAt.slice(0, 10)}, ${results.command}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 4}" width="${WIDTH}" height="${y + 4}" role="img" aria-label="CPU-milliseconds an order">
<style>text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:13px}.foot{fill:#777;font-size:11px}.y{text-anchor:end}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text class="title" x="16" y="24">CPU-milliseconds an order, median of the rounds; shorter is better</text>
${parts.join('\n')}
<text class="foot" x="16" y="${y - 10}">${escaped(foot)}</text>
</svg>
`;
}

function groupsOf({ intake, worker, relay }: Results): Group[] {
  const bar = (label: string, { cpuMsPerOrder }: { cpuMsPerOrder: number }, color: string): Bar => ({
    label,
    cpuMs: cpuMsPerOrder,
    color,
  });
  const groups: Group[] = [];
  if (intake) {
    const bars = [
      bar('ours', intake.ours, BLUE),
      bar('limit: enqueued in memory', intake.limit, GREEN),
      bar('peer', intake.peer, GREY),
      bar('peer, tokens not checked', intake.peerWithoutTokens, GREY),
    ];
    groups.push({ title: `intake: ${intake.vsPeer} × the peer, ${intake.vsLimit} of the limit`, bars });
  }
  for (const [name, pair] of Object.entries({ worker, relay })) {
    if (!pair) continue;
    const bars = [bar('ours', pair.ours, BLUE), bar('peer', pair.peer, GREY)];
    groups.push({ title: `${name}: ${pair.vsPeer} × the peer`, bars });
  }
  return groups;
}

function barSvg({ label, cpuMs, color }: Bar, y: number, longest: number): string {
  const width = Math.max(1, (cpuMs / longest) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const base = y + 14;
  return (
    `<text class="y" x="${LEFT - 8}" y="${base}">${label}</text>` +
    `<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR}" fill="${color}"/>` +
    `<text x="${LEFT + Number(width) + 6}" y="${base}">${cpuMs.toFixed(3)}</text>`
  );
}
