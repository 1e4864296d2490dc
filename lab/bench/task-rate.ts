import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { usageOf } from './measured-process.ts';
import { figuresOf, type StubFigures, type StubProcess } from './stub-process.ts';

/** The first part warms up and is not measured: until then much of the CPU time is V8's, compiling. */
const WARM_UP = 0.3;
const LOOK_EVERY_MS = 20;
/** One that gets nothing done in this time never will. */
const STUCK_MS = 20_000;

/** What one task needs for an order. The milliseconds of CPU are of this machine, the calls are not. */
export interface TaskRate {
  orders: number;
  ordersPerSecond: number;
  cpuMsPerOrder: number;
  peakRssMb: number;
  callsPerOrder: Record<string, number>;
  dollarsPerMillion: number;
}

/** What had been counted of an app and its stub at an instant. */
export interface Reading extends StubFigures {
  atMs: number;
  cpuMs: number;
  peakRssMb: number;
}

export async function readingOf(app: ChildProcess, stub: StubProcess): Promise<Reading> {
  if (app.exitCode !== null) throw new Error(`the app ended with ${app.exitCode}`);
  return { ...(await figuresOf(stub)), atMs: performance.now(), ...usageOf(app) };
}

/** Follows a stub until so many orders are done, and says what the app used for those after the warm-up. */
export async function measureTask(app: ChildProcess, stub: StubProcess, orders: number): Promise<TaskRate> {
  const from = await readingAt(app, stub, orders * WARM_UP);
  const to = await readingAt(app, stub, orders);
  return rateBetween(from, to, to.done - from.done);
}

export function rateBetween(from: Reading, to: Reading, orders: number): TaskRate {
  const callsPerOrder = Object.entries(to.calls).map(
    ([action, count]) => [action, (count - (from.calls[action] ?? 0)) / orders] as const,
  );
  return {
    orders,
    ordersPerSecond: orders / ((to.atMs - from.atMs) / 1_000),
    cpuMsPerOrder: (to.cpuMs - from.cpuMs) / orders,
    peakRssMb: to.peakRssMb,
    callsPerOrder: Object.fromEntries(callsPerOrder.filter(([, calls]) => calls > 0)),
    dollarsPerMillion: ((to.dollars - from.dollars) / orders) * 1_000_000,
  };
}

/** What was counted when that many orders were done. */
async function readingAt(app: ChildProcess, stub: StubProcess, orders: number): Promise<Reading> {
  let last = await readingOf(app, stub);
  for (;;) {
    const reading = await readingOf(app, stub);
    if (reading.done >= orders) return reading;
    if (reading.done > last.done) last = reading;
    else if (reading.atMs - last.atMs > STUCK_MS) {
      throw new Error(`expected ${orders} orders done, found ${reading.done} and no more in ${STUCK_MS / 1_000} s`);
    }
    await wait(LOOK_EVERY_MS);
  }
}
