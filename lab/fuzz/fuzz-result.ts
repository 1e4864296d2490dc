import { availableParallelism, cpus, loadavg } from 'node:os';
import type { FuzzArguments } from './fuzz-arguments.ts';
import type { FuzzFigures } from './fuzz-run.ts';
import type { Violation } from './violation.ts';

export interface FuzzResult {
  readonly command: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly machine: string;
  readonly figures: FuzzFigures;
  readonly violations: readonly Violation[];
}

export function resultOf(
  options: FuzzArguments,
  figures: FuzzFigures,
  violations: readonly Violation[],
  beganMs: number,
): FuzzResult {
  const { requests, messages, events, connections, seed, targets } = options;
  const only = targets.length === 1 ? ` --only ${targets[0]}` : '';
  const counts = `--requests ${requests} --messages ${messages} --events ${events} --connections ${connections}`;
  return {
    command: `npm run fuzz -- ${counts} --seed ${seed}${only}`,
    startedAt: new Date(beganMs).toISOString(),
    seconds: Math.round((Date.now() - beganMs) / 1_000),
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, load ${Math.round(loadavg()[0] ?? 0)}, Node ${process.versions.node}`,
    figures,
    violations,
  };
}

/** What is said at the end; of violations that say the same the first. */
export function summaryLines({ figures, violations, seconds, command }: FuzzResult): string[] {
  const { http, messages, records, events, connections, told } = figures;
  const groups = Object.values(
    Object.groupBy(violations, ({ what }) => what.replaceAll(/[0-9A-Z]{10,}|\d+/g, '#').slice(0, 300)),
  );
  return [
    ...(http
      ? [
          `http         ${http.requests} requests, ${Math.round(http.requests / http.seconds)}/s, worst answer ${Math.round(http.worstMs)} ms`,
          `             ${textOf(http.byStatus)}; at first ${textOf(http.repeated) || 'none 408 or 503'}`,
          ...http.late.map((request) => `             at first 408: ${request}`),
        ]
      : []),
    ...(messages
      ? [
          `messages     ${messages.sent} sent: ${messages.handled} handled, parked ${textOf(messages.parked)}; ${messages.notTaken} that SQS did not take; ${told} events told`,
        ]
      : []),
    ...(records
      ? [
          `records      ${records.written} written: ${records.published} published, ${records.parked} parked, ${records.skipped} without a version`,
        ]
      : []),
    ...(events ? [`events       ${events.bodies} bodies: ${events.read} read, ${events.refused} refused`] : []),
    ...(connections ? [connectionLine(connections)] : []),
    ...groups.flatMap((group) => [
      `VIOLATION ×${group!.length}: ${group![0]!.what.slice(0, 1_000)}`,
      `  ${group![0]!.repeat.slice(0, 4_000)}`,
    ]),
    `${violations.length} violations in ${seconds} s: ${command}`,
  ];
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
