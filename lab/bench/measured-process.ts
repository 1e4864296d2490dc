import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DIST = join(import.meta.dirname, '../../dist');
/** What /proc counts in, on every Linux that this runs on. */
const CLOCK_TICKS_PER_SECOND = 100;

export type App = 'api' | 'worker' | 'stream-relay';
export type Peer = 'intake' | 'worker' | 'relay';

/** With BENCH_CPU_PROF each leaves a profile in that folder when it ends. */
const profileTo = process.env['BENCH_CPU_PROF'];
const profiling = profileTo ? ['--cpu-prof', `--cpu-prof-dir=${profileTo}`] : [];

/** A compiled app as it ships. Its log and its metrics go nowhere: writing them is part of the work, reading them is not. */
export function startApp(name: App, env: Record<string, string>, nodeArguments: string[] = []): ChildProcess {
  return start(join(DIST, 'apps', name, 'src/main.js'), { LOG_LEVEL: 'info', METRICS: 'emf', ...env }, nodeArguments);
}

/** A compiled peer. */
export function startPeer(name: Peer, env: Record<string, string>): ChildProcess {
  return start(join(DIST, 'lab/bench/peers', name, 'main.js'), env, []);
}

function start(script: string, env: Record<string, string>, nodeArguments: string[]): ChildProcess {
  return spawn(process.execPath, [...profiling, '--enable-source-maps', ...nodeArguments, script], {
    // As in the images that ship.
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** CPU time and memory of a process, from /proc. */
export function usageOf({ pid = 0 }: ChildProcess): { cpuMs: number; rssMb: number; peakRssMb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024;
  return {
    cpuMs: (ticks / CLOCK_TICKS_PER_SECOND) * 1_000,
    rssMb: megabytes('VmRSS'),
    peakRssMb: megabytes('VmHWM'),
  };
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
