import { barChartSvg, type BarGroup } from '../charts/bar-chart.ts';
import { BLUE, GREEN, GREY, ORANGE } from '../charts/colors.ts';
import { type Chart, chartDocument } from '../charts/line-chart.ts';
import { variantsOf } from './figures.ts';
import type { Results } from './results-file.ts';
import type { Soak } from './soak.ts';

const variantColors = { ours: BLUE, limit: GREEN, peer: GREY, peerWithoutTokens: GREY };

/** The CPU time of an order, by station and variant, as SVG. */
export function comparisonChart(results: Results): string {
  return barChartSvg({
    title: 'CPU-milliseconds an order, median of the rounds; shorter is better',
    groups: groupsOf(results),
    foot: [`${results.machine}, ${results.measuredAt.slice(0, 10)}, ${results.command}`],
    format: (cpuMs) => cpuMs.toFixed(3),
  });
}

function groupsOf({ intake, worker, relay }: Results): BarGroup[] {
  return Object.entries({ intake, worker, relay }).flatMap(([station, pair]) => {
    if (!pair) return [];
    const limit = 'vsLimit' in pair ? `, ${pair.vsLimit} of the limit` : '';
    const bars = variantsOf(pair).map(({ name, label, figures }) => {
      return { label, value: figures.cpuMsPerOrder, color: variantColors[name] };
    });
    return [{ title: `${station}: ${pair.vsPeer} × the peer${limit}`, bars }];
  });
}

const serviceColors: Readonly<Record<Soak['name'], string>> = { api: BLUE, worker: ORANGE, 'stream-relay': GREEN };

/** The memory of the services by completed orders, as SVG. */
export function memoryChart(services: readonly Soak[], caption: string): string {
  const orders = services.flatMap(({ rssMb }) => rssMb.map((reading) => reading.orders));
  const [first, last] = [Math.min(...orders), Math.max(...orders)];
  const chart: Chart = {
    title: 'Resident memory by orders done, MB',
    lines: services.map(({ name, rssMb }) => ({
      name,
      color: serviceColors[name],
      values: rssMb.map(({ rssMb }) => rssMb),
    })),
    along: (part) => `${Math.round((first + part * (last - first)) / 1_000)}k`,
    format: String,
  };
  return chartDocument(chart, caption);
}
