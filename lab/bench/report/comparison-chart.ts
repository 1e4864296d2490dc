import { type Bar, barChartSvg, type BarGroup } from '../../charts/bar-chart.ts';
import { BLUE, GREEN, GREY } from '../../charts/colors.ts';
import type { Results } from '../results-file.ts';

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
