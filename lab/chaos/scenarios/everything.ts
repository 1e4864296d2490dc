import type { AwsService, CallFault } from '../proxy/call-fault.ts';
import { drawnFaults, retryStorm } from './call-scenarios.ts';
import type { Moment } from './moment.ts';
import { clockSkew, poison, rollingDeploy, zombieRelay } from './process-scenarios.ts';
import { instants, lasting, processes, type Scenario, type Span } from './scenario.ts';

const OUTAGES: readonly (readonly AwsService[])[] = [['sqs'], ['sns'], ['dynamodb', 'streams']];

/** The first time of something, also in a run of seconds. */
function firstBy({ durationMs }: Span, latestMs: number): [number, number] {
  return [0.1 * durationMs, Math.min(latestMs, 0.9 * durationMs)];
}

/** All at once, each less often than alone, so that work goes on in between. */
export const everything: Scenario = {
  description: 'all of it at once: kills, stops, deploys, clocks, flaky calls, outages of seconds, impatience, poison',
  leaseSeconds: 5,
  moments: (random, span) => [
    ...processes.flatMap((process): Moment[] => [
      ...instants(random, span, firstBy(span, 30_000), [20_000, 60_000]).map((atMs): Moment => ({
        act: 'kill',
        ...process,
        atMs,
      })),
      ...instants(random, span, firstBy(span, 40_000), [30_000, 90_000]).map((atMs): Moment => {
        return { act: 'pause', ...process, atMs, forMs: lasting(random, span, atMs, [500, 8_000]) };
      }),
    ]),
    ...instants(random, span, [0, 2_000], [6_000, 20_000]).map((atMs): Moment => {
      return { act: 'calls', faults: drawnFaults(random), atMs, forMs: lasting(random, span, atMs, [2_000, 10_000]) };
    }),
    ...instants(random, span, firstBy(span, 30_000), [40_000, 90_000]).map((atMs): Moment => {
      const kind = random.pick(['reset-before', 'hang', 'error'] as const)!;
      const faults = random.pick(OUTAGES)!.map((service): CallFault => ({ service, kind, share: 1 }));
      return { act: 'calls', faults, atMs, forMs: lasting(random, span, atMs, [3_000, 15_000]) };
    }),
    ...[retryStorm, clockSkew, zombieRelay, rollingDeploy, poison].flatMap((other) => other.moments(random, span)),
  ],
};
