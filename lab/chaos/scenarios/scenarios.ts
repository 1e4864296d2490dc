import { SeededRandom } from '#libs/dynamodb-streams';
import type { AwsService, CallFault } from '../proxy/aws-call.ts';
import { drawnFaults, flakyCalls, outageOf, retryStorm, throttle } from './call-scenarios.ts';
import type { Moment } from './moment.ts';
import { clockSkew, killStorm, poison, rollingDeploy, zombieRelay } from './process-scenarios.ts';
import { instants, lasting, processes, type Scenario, type Span } from './scenario.ts';

const OUTAGES: readonly (readonly AwsService[])[] = [['sqs'], ['sns'], ['dynamodb', 'streams']];

/** The range of the first instant, which is within a short run as well. */
function firstBy({ durationMs }: Span, latestMs: number): [number, number] {
  return [0.1 * durationMs, Math.min(latestMs, 0.9 * durationMs)];
}

/** All faults at once, each less often than in its own scenario, so that work continues in between. */
const everything: Scenario = {
  description: 'all at once: kills, stops, deploys, clocks, flaky calls, outages of seconds, impatience, poison',
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

const single = {
  'kill-storm': killStorm,
  'sqs-outage': outageOf(['sqs'], [202, 503], 'SQS is gone'),
  'dynamodb-outage': outageOf(['dynamodb', 'streams'], [202], 'DynamoDB and its stream are gone'),
  'sns-outage': outageOf(['sns'], [202], 'SNS is gone'),
  throttle,
  'flaky-calls': flakyCalls,
  poison,
  'retry-storm': retryStorm,
  'rolling-deploy': rollingDeploy,
  'zombie-relay': zombieRelay,
  'clock-skew': clockSkew,
  everything,
} as const satisfies Record<string, Scenario>;

/** The rest of a slot of `each` is calm, so that no fault affects the promises of the next slot. */
const BUSY_PART = 0.75;

/** All scenarios, one after the other, in one pipeline. */
const each: Scenario = {
  description: 'a short round of each of the others, one after the other',
  leaseSeconds: 3,
  moments: (random, span) => {
    const slots = Object.values(single);
    const slotMs = span.durationMs / slots.length;
    return slots.flatMap((scenario, n) => {
      const fromMs = Math.round(n * slotMs);
      const moments: Moment[] = scenario.moments(random, { ...span, durationMs: BUSY_PART * slotMs });
      return moments.map((moment) => ({ ...moment, atMs: moment.atMs + fromMs }));
    });
  },
};

export type ScenarioName = keyof typeof single | 'each';
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = { ...single, each };
export const scenarioNames = Object.keys(scenarios) as ScenarioName[];

/** The moments of a scenario in the order of their times. The same seed has the same schedule. */
export function scheduleOf(name: ScenarioName, seed: number, span: Span): Moment[] {
  return scenarios[name].moments(new SeededRandom(seed), span).sort((a, b) => a.atMs - b.atMs);
}
