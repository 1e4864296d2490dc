import { loadavg } from 'node:os';
import { type Bar, barChartSvg, type BarGroup } from '../charts/bar-chart.ts';
import { BLUE, GREEN, ORANGE, RED } from '../charts/colors.ts';
import { machineText } from '../run-tool.ts';
import type { FuzzOptions } from './fuzz-options.ts';
import type { FuzzFigures } from './fuzz-run.ts';

/** An unexpected behaviour, and how to repeat it. */
export interface Violation {
  readonly what: string;
  readonly repeat: string;
}

/** Records a violation. @param repeat how to repeat it; default: see the log */
export type Violate = (what: string, repeat?: string) => void;

/** The result of a run, as written to `results/latest.json`. */
type FuzzResult = ReturnType<typeof resultOf>;

export function resultOf(
  options: FuzzOptions,
  figures: FuzzFigures,
  violations: readonly Violation[],
  startedMs: number,
) {
  const { requests, messages, events, connections, seed, targets } = options;
  const only = targets.length === 1 ? ` --only ${targets[0]}` : '';
  const counts = `--requests ${requests} --messages ${messages} --events ${events} --connections ${connections}`;
  return {
    command: `npm run fuzz -- ${counts} --seed ${seed}${only}`,
    startedAt: new Date(startedMs).toISOString(),
    seconds: Math.round((Date.now() - startedMs) / 1_000),
    machine: `${machineText()}, load ${Math.round(loadavg()[0] ?? 0)}`,
    figures,
    violations,
  };
}

/** The printed lines, with only the first of similar violations. */
export function summaryLines({ figures, violations, seconds, command }: FuzzResult): string[] {
  const { http, messages, records, events, connections, published } = figures;
  const groups = Object.values(
    Object.groupBy(violations, ({ what }) => what.replaceAll(/[0-9A-Z]{10,}|\d+/g, '#').slice(0, 300)),
  );
  const lines: string[] = [];
  if (http) {
    const { requests, seconds, byStatus, repeated, late, worstMs } = http;
    lines.push(
      `http         ${requests} requests, ${Math.round(requests / seconds)}/s, worst answer ${Math.round(worstMs)} ms`,
      `             ${textOf(byStatus)}; at first ${textOf(repeated) || 'no 408 or 503'}`,
      ...late.map((request) => `             at first 408: ${request}`),
    );
  }
  if (messages) {
    const { sent, handled, deadLettered, notTaken } = messages;
    const outcomes = `${handled} handled, dead-lettered ${textOf(deadLettered)}; ${notTaken} refused by SQS`;
    lines.push(`messages     ${sent} sent: ${outcomes}; ${published} events published`);
  }
  if (records) {
    const { written, published, quarantined, skipped } = records;
    lines.push(
      `records      ${written} written: ${published} published, ${quarantined} quarantined, ${skipped} without a version`,
    );
  }
  if (events) lines.push(`events       ${events.bodies} bodies: ${events.read} read, ${events.refused} refused`);
  if (connections) lines.push(connectionLine(connections));
  for (const group of groups) {
    const [first] = group!;
    lines.push(`VIOLATION ×${group!.length}: ${first!.what.slice(0, 1_000)}`, `  ${first!.repeat.slice(0, 4_000)}`);
  }
  return [...lines, `${violations.length} violations in ${seconds} s: ${command}`];
}

function connectionLine({ idle, good, attacks }: NonNullable<FuzzFigures['connections']>): string {
  const bad = attacks.map(({ name, connections }) => `${name} ×${connections}`).join(', ');
  return `connections  ${idle.opened} idle, ${bad}; ${good.orders} good orders meanwhile, ${good.repeated} at first 503, p50 ${good.p50Ms} ms, p99 ${good.p99Ms} ms, worst ${good.worstMs} ms`;
}

function textOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

/** The outcomes of all input, as SVG. */
export function outcomeChart({ figures, violations, startedAt, machine, command }: FuzzResult): string {
  return barChartSvg({
    title: `Outcomes of bad input: ${violations.length} violations`,
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
    const deadLettered = Object.entries(messages.deadLettered).map(([reason, count]) =>
      bar(`dead-lettered: ${reason}`, count, BLUE),
    );
    groups.push({
      title: 'messages in the orders queue',
      bars: [
        bar('handled', messages.handled, GREEN),
        ...deadLettered,
        bar('refused by SQS', messages.notTaken, ORANGE),
      ],
    });
  }
  if (records) {
    const bars = [bar('published', records.published, GREEN), bar('quarantined', records.quarantined, BLUE)];
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
