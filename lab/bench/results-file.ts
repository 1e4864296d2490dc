import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import type { EndToEndFigures } from './end-to-end.ts';
import { type intakeFigures, type Pair, sum } from './figures.ts';
import { rounded } from './statistics.ts';

const FOLDER = join(import.meta.dirname, 'results');

export interface Measured {
  intake?: ReturnType<typeof intakeFigures>;
  worker?: Pair;
  relay?: Pair;
  endToEnd?: EndToEndFigures;
}

/** What was measured, and on what; `awsCallsPerOrder` is from the request to the published event, at saturation. */
export interface Results extends Measured {
  measuredAt: string;
  command: string;
  machine: string;
  loadAverage: { before: number[]; after: number[] };
  awsCallsPerOrder?: number;
}

/** Processes that want a core, of the last 1, 5 and 15 minutes. */
export function loadAverage(): number[] {
  return loadavg().map((load) => rounded(load, 2));
}

export function resultsOf(measured: Measured, command: string, before: number[]): Results {
  const parts = [measured.intake, measured.worker, measured.relay];
  const calls = parts.map((part) => part?.ours.awsCallsPerOrder ?? Number.NaN);
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return {
    measuredAt: new Date().toISOString(),
    command,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, ${gigabytes} GB, Node ${process.versions.node}`,
    loadAverage: { before, after: loadAverage() },
    ...(parts.every((part) => part !== undefined) && { awsCallsPerOrder: rounded(sum(calls), 3) }),
    ...measured,
  };
}

/** The last results, as a beginning for those of some stations; nothing where there are none. */
export function lastMeasured(): Measured {
  try {
    const { intake, worker, relay, endToEnd } = JSON.parse(
      readFileSync(join(FOLDER, 'latest.json'), 'utf8'),
    ) as Results;
    return {
      ...(intake && { intake }),
      ...(worker && { worker }),
      ...(relay && { relay }),
      ...(endToEnd && { endToEnd }),
    };
  } catch {
    return {};
  }
}

export function writeResult(name: string, content: string): string {
  writeFileSync(join(FOLDER, name), content);
  return `lab/bench/results/${name}`;
}
