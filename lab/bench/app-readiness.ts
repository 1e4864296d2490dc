import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

const PROBE_EVERY_MS = 50;
const PROBES = 400;

/** Waits at most 20 s until the app says that it can work. */
export async function waitUntilReady(port: number, app: ChildProcess): Promise<void> {
  for (let probe = 0; probe < PROBES; probe += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    if (response?.ok) return;
    if (app.exitCode !== null) throw new Error(`the app ended with ${app.exitCode} before it was ready`);
    await wait(PROBE_EVERY_MS);
  }
  throw new Error(`nothing was ready at port ${port} within ${(PROBES * PROBE_EVERY_MS) / 1_000} s`);
}
