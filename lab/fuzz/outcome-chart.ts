import { type Bar, barChartSvg, type BarGroup } from '../charts/bar-chart.ts';
import { BLUE, GREEN, ORANGE, RED } from '../charts/colors.ts';
import type { FuzzResult } from './fuzz-result.ts';

/** What became of everything that was thrown, as SVG. */
export function outcomeChart({ figures, violations, startedAt, machine, command }: FuzzResult): string {
  return barChartSvg({
    title: `What became of bad input: ${violations.length} violations`,
    groups: groupsOf(figures),
    foot: [command, `${machine}, ${startedAt.slice(0, 10)}`],
    format: (count) => count.toLocaleString('en-US'),
    scaledByGroup: true,
  });
}

function groupsOf({ http, messages, records, events, connections }: FuzzResult['figures']): BarGroup[] {
  const groups: BarGroup[] = [];
  if (http) {
    const bars = Object.entries(http.byStatus).map(([status, value]) => bar(status, value, colorOf(status)));
    groups.push({ title: 'HTTP requests, by the status of the answer', bars });
  }
  if (messages) {
    const parked = Object.entries(messages.parked).map(([reason, count]) => bar(`parked: ${reason}`, count, BLUE));
    groups.push({
      title: 'messages in the orders queue',
      bars: [bar('handled', messages.handled, GREEN), ...parked, bar('not taken by SQS', messages.notTaken, ORANGE)],
    });
  }
  if (records) {
    const bars = [bar('published', records.published, GREEN), bar('parked', records.parked, BLUE)];
    groups.push({ title: 'items in the orders table', bars });
  }
  if (events) {
    const bars = [bar('read', events.read, GREEN), bar('refused', events.refused, BLUE)];
    groups.push({ title: 'events for a service', bars });
  }
  if (connections) {
    const bad = connections.attacks.map(({ name, connections }) => bar(name, connections, ORANGE));
    const good = bar('good orders meanwhile', connections.good.orders, GREEN);
    groups.push({ title: 'connections', bars: [bar('idle', connections.idle.opened, BLUE), ...bad, good] });
  }
  return groups;
}

function bar(label: string, value: number, color: string): Bar {
  return { label, value, color };
}

function colorOf(status: string): string {
  if (status.startsWith('2')) return GREEN;
  return status.startsWith('5') ? RED : BLUE;
}
