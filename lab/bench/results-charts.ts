import { type Bar, barChartSvg, type BarGroup } from '../charts/bar-chart.ts';
import { BLUE, GREEN, GREY, ORANGE } from '../charts/colors.ts';
import { chartDocument } from '../charts/line-chart.ts';
import type { Results } from './results-file.ts';
import type { Soak } from './soak.ts';

/** CPU time of an order, by station and variant, as SVG. */
export function comparisonChart(results: Results): string {
  return barChartSvg({
    title: 'CPU-milliseconds an order, median of the rounds; shorter is better',
    groups: groupsOf(results),
    foot: [`${results.machine}, ${results.measuredAt.slice(0, 10)}, ${results.command}`],
    format: (cpuMs) => cpuMs.toFixed(3),
  });
}

function groupsOf({ intake, worker, relay }: Results): BarGroup[] {
  const bar = (label: string, { cpuMsPerOrder: value }: { cpuMsPerOrder: number }, color: string): Bar => {
    return { label, value, color };
  };
  const groups: BarGroup[] = [];
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

const COLORS: Readonly<Record<Soak['name'], string>> = { api: BLUE, worker: ORANGE, 'stream-relay': GREEN };

/** The services' memory by orders done, as SVG. */
export function memoryChart(services: readonly Soak[], caption: string): string {
  const orders = services.flatMap(({ rssMb }) => rssMb.map((reading) => reading.orders));
  const [first, last] = [Math.min(...orders), Math.max(...orders)];
  return chartDocument({
    title: `Resident memory by orders done, MB; ${caption}`,
    lines: services.map(({ name, rssMb }) => ({ name, color: COLORS[name], values: rssMb.map(({ rssMb }) => rssMb) })),
    along: (part) => `${Math.round((first + part * (last - first)) / 1_000)}k`,
    format: String,
  });
}
