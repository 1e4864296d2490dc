import { setTimeout as sleep } from 'node:timers/promises';
import type { AppInstance } from '../../local/app-instance.ts';
import { type Stub, usageOf } from './measured-service.ts';

/** The first part is a warm-up and not measured, because V8's compilation takes much of its CPU time. */
const WARM_UP = 0.3;
const CHECK_EVERY_MS = 20;
/** An app without progress in this time is stuck. */
const STUCK_MS = 20_000;

/** The figures of a task for an order. The CPU time depends on the machine, the number of calls does not. */
export type TaskRate = ReturnType<typeof rateBetween>;

/** The counts of an app and its stub at an instant. */
type Reading = Awaited<ReturnType<typeof readingOf>>;

export async function readingOf(app: AppInstance, stub: Stub) {
  return { ...(await stub.figures()), atMs: performance.now(), ...usageOf(app) };
}

/** Waits until this many orders are done. Returns the figures of the orders after the warm-up. */
export async function measureTask(app: AppInstance, stub: Stub, orders: number): Promise<TaskRate> {
  const from = await readingAt(app, stub, orders * WARM_UP);
  const to = await readingAt(app, stub, orders);
  return rateBetween(from, to, to.done - from.done);
}

export function rateBetween(from: Reading, to: Reading, orders: number) {
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

/** The counts once this many orders are done. */
async function readingAt(app: AppInstance, stub: Stub, orders: number): Promise<Reading> {
  let last = await readingOf(app, stub);
  for (;;) {
    const reading = await readingOf(app, stub);
    if (reading.done >= orders) return reading;
    if (reading.done > last.done) last = reading;
    else if (reading.atMs - last.atMs > STUCK_MS) {
      throw new Error(`expected ${orders} orders done, found ${reading.done} and no more in ${STUCK_MS / 1_000} s`);
    }
    await sleep(CHECK_EVERY_MS);
  }
}
