import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DIST = join(import.meta.dirname, '../dist/apps');
/** What /proc counts in, on every Linux that this runs on. */
const CLOCK_TICKS_PER_SECOND = 100;

/** A compiled app as it ships. Its log and its metrics go nowhere: writing them is part of the work, reading them is not. */
export function startApp(name: 'api' | 'worker' | 'stream-relay', env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['--enable-source-maps', join(DIST, name, 'src/main.js')], {
    env: { ...process.env, LOG_LEVEL: 'info', METRICS: 'emf', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** CPU time and peak memory of a process, from /proc. */
export function usageOf({ pid = 0 }: ChildProcess): { cpuMs: number; peakRssMb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const peakKb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { cpuMs: (ticks / CLOCK_TICKS_PER_SECOND) * 1_000, peakRssMb: peakKb / 1_024 };
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
