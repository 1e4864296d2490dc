import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { machineText } from '../run-tool.ts';
import { rounded } from '../statistics.ts';
import type { EndToEndFigures } from './end-to-end.ts';
import { type intakeFigures, type Pair, sum } from './figures.ts';

const LATEST = join(import.meta.dirname, 'results/latest.json');

export interface Measured {
  intake?: ReturnType<typeof intakeFigures> | undefined;
  worker?: Pair | undefined;
  relay?: Pair | undefined;
  endToEnd?: EndToEndFigures | undefined;
}

/** The results with their machine. `awsCallsPerOrder` is from the request to the published event, at saturation. */
export interface Results extends Measured {
  measuredAt: string;
  command: string;
  machine: string;
  loadAverage: { before: number[]; after: number[] };
  awsCallsPerOrder?: number;
}

/** The load average of the last 1, 5 and 15 minutes. */
export function loadAverage(): number[] {
  return loadavg().map((load) => rounded(load, 2));
}

export function resultsOf(measured: Measured, command: string, before: number[]): Results {
  const parts = [measured.intake, measured.worker, measured.relay];
  const calls = parts.map((part) => part?.ours.awsCallsPerOrder ?? Number.NaN);
  return {
    measuredAt: new Date().toISOString(),
    command,
    machine: machineText(),
    loadAverage: { before, after: loadAverage() },
    ...(parts.every((part) => part !== undefined) && { awsCallsPerOrder: rounded(sum(calls), 3) }),
    ...measured,
  };
}

/** The last figures of each station, which stay when a run measures other stations. */
export function lastMeasured(): Measured {
  try {
    const { intake, worker, relay, endToEnd } = JSON.parse(readFileSync(LATEST, 'utf8')) as Results;
    return { intake, worker, relay, endToEnd };
  } catch {
    return {};
  }
}
