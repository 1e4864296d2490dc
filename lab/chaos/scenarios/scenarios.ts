import { SeededRandom } from '#libs/dynamodb-streams';
import { flakyCalls, outageOf, retryStorm, throttle } from './call-scenarios.ts';
import { everything } from './everything.ts';
import type { Moment } from './moment.ts';
import { clockSkew, killStorm, poison, rollingDeploy, zombieRelay } from './process-scenarios.ts';
import type { Scenario, Span } from './scenario.ts';

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

/** A slot of `each` ends calmly, so that the next one's promises are its own. */
const BUSY_PART = 0.75;

/** One after the other in one pipeline, which must bear all of them. */
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

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}

/** What happens when, in the order in which it begins: the same for the same seed. */
export function scheduleOf(name: ScenarioName, seed: number, span: Span): Moment[] {
  return scenarios[name].moments(new SeededRandom(seed), span).sort((a, b) => a.atMs - b.atMs);
}
