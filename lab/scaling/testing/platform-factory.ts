import { parseMetricExpression } from '../metric-expression.ts';
import type {
  MetricSource,
  Platform,
  ScaledService,
  ServiceName,
  StepScaling,
  TargetTracking,
} from '../scaled-service.ts';
import type { Profile } from '../profiles.ts';

/** Easy to count with. */
export const ratesOfTest = { api: 100, worker: 100, 'stream-relay': 100 };

/** Three services of one task each that nothing scales, changed as the test needs it. */
export function aPlatform(changes: Partial<Record<ServiceName, Partial<ScaledService>>> = {}): Platform {
  return {
    services: {
      api: aService('api', changes.api),
      worker: aService('worker', changes.worker),
      'stream-relay': aService('stream-relay', changes['stream-relay']),
    },
    warmWriteUnits: { table: undefined, index: undefined },
  };
}

function aService(name: ServiceName, changes: Partial<ScaledService> = {}): ScaledService {
  const none = { policies: [], scheduled: [], onDemandBase: 0, spotShare: 0 };
  return { name, vcpu: 0.5, memoryGiB: 1, min: 1, max: 10, ...none, ...changes };
}

export function tracking(source: MetricSource, target: number): TargetTracking {
  return {
    kind: 'target-tracking',
    source,
    target,
    scaleOutCooldownSeconds: 30,
    scaleInCooldownSeconds: 300,
    scalesIn: true,
  };
}

/** One step: so many tasks more from the threshold up. */
export function stepping(source: MetricSource, threshold: number, adjustment: number): StepScaling {
  return {
    kind: 'step',
    source,
    threshold,
    comparison: 'GreaterThanOrEqualToThreshold',
    periods: 1,
    periodsToAlarm: 1,
    missingBreaches: false,
    adjustmentType: 'ChangeInCapacity',
    leastChange: 0,
    steps: [{ from: 0, to: Number.POSITIVE_INFINITY, adjustment }],
    cooldownSeconds: 300,
  };
}

export function metricOfTest(name: string, namespace = 'AWS/SQS'): MetricSource {
  const m = { namespace, name, statistic: 'Maximum', periodSeconds: 60 };
  return { text: name, periodSeconds: 60, metrics: { m }, value: parseMetricExpression('m') };
}

/** So many orders a second from the first second on, for so long, and then none. */
export function aProfile(ordersPerSecond: number, seconds: number, all = seconds): Profile {
  return {
    name: 'test',
    description: 'a test',
    sudden: false,
    seconds: all,
    start: new Date('2027-03-03T00:00:00Z'),
    ordersPerSecond: (second) => (second < seconds ? ordersPerSecond : 0),
  };
}
