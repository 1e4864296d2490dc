import type { Formula, ScalingMetric, ScalingPolicy } from '../../../infra/lib/scaling/scaling-policies.ts';
import { assumptions, NEW_TABLE_WRITE_UNITS } from '../assumptions.ts';
import { perService, type ScaledService, type ServiceName } from '../platform.ts';
import type { Profile } from '../profiles.ts';
import type { Setting } from '../simulation.ts';

/** Three services of one task each without scaling, with a hundred orders a second for each task, and the given changes. */
export function aSetting(changes: Partial<Record<ServiceName, Partial<ScaledService>>> = {}): Setting {
  const service = { cpu: 512, memoryMiB: 1_024, minTasks: 1, maxTasks: 10, policies: [], minimums: [] };
  return {
    platform: { services: perService((name) => ({ ...service, ...changes[name] })) },
    rates: perService(() => 100),
    assumptions: { ...assumptions, tableWriteUnits: NEW_TABLE_WRITE_UNITS },
  };
}

export function tracking(follows: ScalingMetric | Formula, target: number): ScalingPolicy {
  const cooldownSeconds = { out: 30, in: 300 };
  return { kind: 'target-tracking', id: 'Test', name: 'test', follows, target, cooldownSeconds };
}

/** A policy with one step: adds this many tasks from the threshold up. */
export function stepping(follows: ScalingMetric, from: number, add: number): ScalingPolicy {
  return { kind: 'steps', id: 'Test', follows, steps: [{ from, add }], cooldownSeconds: 300 };
}

/** This demand in orders a second for the given time, and then none. */
export function aProfile(ordersPerSecond: number, seconds: number, all = seconds): Profile {
  return {
    description: 'a test',
    sudden: false,
    seconds: all,
    startMs: Date.parse('2027-03-03T00:00:00Z'),
    ordersPerSecond: (second) => (second < seconds ? ordersPerSecond : 0),
  };
}
