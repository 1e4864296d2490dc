import type { Moment } from './moment.ts';
import { instants, lasting, processes, type Scenario } from './scenario.ts';

export const killStorm: Scenario = {
  description: 'each process is killed (kill -9) every 5 to 15 s',
  leaseSeconds: 3,
  moments: (random, span) =>
    processes.flatMap((process) =>
      instants(random, span, [1_000, 6_000], [5_000, 15_000]).map((atMs): Moment => ({
        act: 'kill',
        ...process,
        atMs,
      })),
    ),
};

export const rollingDeploy: Scenario = {
  description: 'each process in turn is stopped with SIGTERM and started again, every minute or so',
  moments: (random, span) =>
    instants(random, span, [0.1 * span.durationMs, 0.2 * span.durationMs], [60_000, 90_000]).map((atMs): Moment => ({
      act: 'deploy',
      atMs,
    })),
};

export const zombieRelay: Scenario = {
  description: 'the relay that reads is stopped (SIGSTOP) for longer than its lease and resumes when another reads',
  leaseSeconds: 3,
  moments: (random, span) =>
    instants(random, span, [1_000, 2_000], [15_000, 25_000]).map((atMs): Moment => {
      // The lease and two checks of it take about 5 s.
      return { act: 'pause-owner', atMs, forMs: Math.round(random.between(6_500, 10_000)) };
    }),
};

export const clockSkew: Scenario = {
  description: 'the clocks of single processes jump by up to ten minutes, ahead or back, and return',
  moments: (random, span) =>
    processes.flatMap((process) =>
      instants(random, span, [0, 3_000], [10_000, 30_000]).map((atMs): Moment => {
        const forMs = lasting(random, span, atMs, [2_000, 9_000]);
        return { act: 'shift-clock', ...process, atMs, forMs };
      }),
    ),
};

/** The share of malformed messages in the orders queue, and their minimum in a short run. */
const POISON_SHARE = 0.001;
const MIN_POISON = 5;

export const poison: Scenario = {
  description: '0.1 % of what enters the orders queue is malformed, five messages at least',
  moments: (random, { durationMs, rate }) => {
    const count = Math.max(MIN_POISON, Math.round((POISON_SHARE * rate * durationMs) / 1_000));
    return Array.from({ length: count }, (_, variant): Moment => {
      return { act: 'poison', variant, atMs: Math.round(random.between(0, durationMs)) };
    });
  },
};
