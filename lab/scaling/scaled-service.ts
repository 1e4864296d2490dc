import type { Datapoint, Lookup } from './metric-expression.ts';

/** The services in the order in which an order meets them. */
export const serviceNames = ['api', 'worker', 'stream-relay'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** A metric as a template asks for it. Its dimensions are references there: which queue or service is meant is told by the policy. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly statistic: string;
  readonly periodSeconds: number;
}

/** What an alarm looks at: metrics by id, and one value of them. */
export interface MetricSource {
  /** As a person would write it. */
  readonly text: string;
  readonly periodSeconds: number;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly value: (lookup: Lookup) => Datapoint;
}

export interface TargetTracking {
  readonly kind: 'target-tracking';
  readonly source: MetricSource;
  readonly target: number;
  readonly scaleOutCooldownSeconds: number;
  readonly scaleInCooldownSeconds: number;
  readonly scalesIn: boolean;
}

export interface Step {
  /** Of the distance from the threshold; the lower one belongs to it. */
  readonly from: number;
  readonly to: number;
  readonly adjustment: number;
}

export interface StepScaling {
  readonly kind: 'step';
  readonly source: MetricSource;
  readonly threshold: number;
  readonly comparison: string;
  readonly periods: number;
  readonly periodsToAlarm: number;
  readonly missingBreaches: boolean;
  readonly adjustmentType: 'ChangeInCapacity' | 'PercentChangeInCapacity' | 'ExactCapacity';
  readonly leastChange: number;
  readonly steps: readonly Step[];
  readonly cooldownSeconds: number;
}

export type ScalingPolicy = TargetTracking | StepScaling;

/** At which moments the bounds change, and to what. */
export interface ScheduledBounds {
  readonly name: string;
  readonly schedule: string;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** A service as the template scales it. */
export interface ScaledService {
  readonly name: ServiceName;
  readonly vcpu: number;
  readonly memoryGiB: number;
  readonly min: number;
  readonly max: number;
  /** The first tasks that are never on Spot, and the part of the others that is. */
  readonly onDemandBase: number;
  readonly spotShare: number;
  readonly policies: readonly ScalingPolicy[];
  readonly scheduled: readonly ScheduledBounds[];
}

/** What a template says of how the platform scales. */
export interface Platform {
  readonly services: Readonly<Record<ServiceName, ScaledService>>;
  /** Write units a second that the orders table, and its index by customer, are warmed for, where the template says so. */
  readonly warmWriteUnits: { readonly table: number | undefined; readonly index: number | undefined };
}
