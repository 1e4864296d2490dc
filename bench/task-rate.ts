import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { usageOf } from './measured-process.ts';

/** The first part warms up and is not measured. */
const WARM_UP = 0.2;
const LOOK_EVERY_MS = 20;

/** What a stub of AWS has counted: the calls by action, and the orders that are done. */
export interface StubFigures {
  calls: Record<string, number>;
  done: number;
}

/** What one task needs for an order. The milliseconds of CPU are of this machine, the calls are not. */
export interface TaskRate {
  orders: number;
  ordersPerSecond: number;
  cpuMsPerOrder: number;
  peakRssMb: number;
  callsPerOrder: Record<string, number>;
}

/** Follows a stub until so many orders are done, and says what the app used for those after the warm-up. */
export async function measureTask(app: ChildProcess, stubPort: number, orders: number): Promise<TaskRate> {
  const from = await figuresAt(app, stubPort, orders * WARM_UP);
  const to = await figuresAt(app, stubPort, orders);
  const done = to.done - from.done;
  const callsPerOrder = Object.entries(to.calls).map(
    ([action, count]) => [action, (count - (from.calls[action] ?? 0)) / done] as const,
  );
  return {
    orders: done,
    ordersPerSecond: done / ((to.atMs - from.atMs) / 1_000),
    cpuMsPerOrder: (to.cpuMs - from.cpuMs) / done,
    peakRssMb: to.peakRssMb,
    callsPerOrder: Object.fromEntries(callsPerOrder.filter(([, calls]) => calls > 0)),
  };
}

/** What was counted when that many orders were done. */
async function figuresAt(app: ChildProcess, stubPort: number, orders: number) {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${stubPort}/figures`);
    const figures = (await response.json()) as StubFigures;
    if (figures.done >= orders) return { ...figures, atMs: performance.now(), ...usageOf(app) };
    if (app.exitCode !== null) throw new Error(`the app ended with ${app.exitCode}`);
    await wait(LOOK_EVERY_MS);
  }
}
