import type { Assumptions } from './assumptions.ts';
import type { History } from './history.ts';
import type { Datapoint } from './metric-expression.ts';
import type { MetricSource, ScalingPolicy, ServiceName, StepScaling, TargetTracking } from './scaled-service.ts';
import type { ServiceTasks } from './service-tasks.ts';

/** What a policy asks for. A policy that holds asks for no fewer tasks than there are. */
export type Proposal = { out: number } | { in: number } | { hold: true };

const HOLD: Proposal = { hold: true };

/** One policy with its alarms and its cooldowns. */
export class PolicyWatch {
  readonly policy: ScalingPolicy;
  private readonly service: ServiceName;
  private readonly history: History;
  private readonly assumptions: Assumptions;
  private outCooldown = { until: 0, from: 0 };
  private inCooldownUntil = 0;
  private readonly delaySeconds: number;
  private askedForPeriod = -1;

  constructor(policy: ScalingPolicy, service: ServiceName, history: History, assumptions: Assumptions) {
    this.policy = policy;
    this.service = service;
    this.history = history;
    this.assumptions = assumptions;
    const metrics = Object.values(policy.source.metrics);
    // Metrics of one alarm are looked at when the last of them has come.
    this.delaySeconds = Math.max(...metrics.map((metric) => history.delaySeconds(metric)));
  }

  /** Undefined between the times at which its alarms are looked at: whenever a datapoint is new. */
  proposal(now: number, tasks: ServiceTasks): Proposal | undefined {
    const { source } = this.policy;
    const end = Math.floor((now - this.delaySeconds) / source.periodSeconds) * source.periodSeconds;
    if (end <= this.askedForPeriod || end < 0) return undefined;
    this.askedForPeriod = end;
    return this.policy.kind === 'step'
      ? this.step(this.policy, end, now, tasks)
      : this.track(this.policy, end, now, tasks);
  }

  /** The proposal became a change of the desired count, from this one on. */
  followed(proposal: Proposal, before: number, now: number): void {
    const { policy } = this;
    const [out, into] =
      policy.kind === 'step'
        ? [policy.cooldownSeconds, policy.cooldownSeconds]
        : [policy.scaleOutCooldownSeconds, policy.scaleInCooldownSeconds];
    if ('out' in proposal) {
      this.outCooldown = { until: now + out, from: now < this.outCooldown.until ? this.outCooldown.from : before };
      this.inCooldownUntil = 0;
    } else if ('in' in proposal) this.inCooldownUntil = now + into;
  }

  private track(policy: TargetTracking, end: number, now: number, tasks: ServiceTasks): Proposal {
    const { source, target } = policy;
    const { scaleOutDatapoints, scaleInSeconds, scaleInFraction, scaleInAtMost } = this.assumptions;
    const high = this.datapoints(source, end, scaleOutDatapoints);
    const latest = high.at(-1);
    if (latest !== undefined && high.every((value) => value !== undefined && value > target))
      return { out: Math.ceil(this.outBase(now, tasks) * (latest / target)) };
    if (tasks.desired <= tasks.min) return HOLD;
    const low = this.datapoints(source, end, scaleInSeconds / source.periodSeconds);
    const isLow = low.every((value) => value !== undefined && value < target * scaleInFraction);
    if (!policy.scalesIn || !isLow || now < this.inCooldownUntil) return HOLD;
    const proportional = Math.ceil(tasks.desired * ((latest ?? 0) / target));
    return { in: Math.max(proportional, Math.ceil(tasks.desired * scaleInAtMost)) };
  }

  private step(policy: StepScaling, end: number, now: number, tasks: ServiceTasks): Proposal {
    const values = this.datapoints(policy.source, end, policy.periods);
    const breaching = values.filter((value) =>
      value === undefined ? policy.missingBreaches : breaches(policy, value),
    );
    const latest = values.at(-1);
    if (latest === undefined || breaching.length < policy.periodsToAlarm) return HOLD;
    const distance = latest - policy.threshold;
    const step = policy.steps.find(({ from, to }) => distance >= from && distance < to);
    if (!step) return HOLD;
    const wanted = adjusted(policy, step.adjustment, this.outBase(now, tasks));
    if (wanted > tasks.desired) return { out: wanted };
    return wanted < tasks.desired && now >= this.inCooldownUntil ? { in: wanted } : HOLD;
  }

  /** In a cooldown, what the scaling before has added counts as part of the next one. */
  private outBase(now: number, tasks: ServiceTasks): number {
    return now < this.outCooldown.until ? this.outCooldown.from : tasks.desired;
  }

  private datapoints(source: MetricSource, end: number, count: number): Datapoint[] {
    return Array.from({ length: count }, (_, n) => {
      const at = end - (count - 1 - n) * source.periodSeconds;
      return source.value((id, periodsAgo = 0) => {
        const metric = source.metrics[id];
        return metric && this.history.datapoint(metric, this.service, at - periodsAgo * source.periodSeconds);
      });
    });
  }
}

function breaches({ comparison, threshold }: StepScaling, value: number): boolean {
  if (comparison === 'GreaterThanThreshold') return value > threshold;
  if (comparison === 'GreaterThanOrEqualToThreshold') return value >= threshold;
  if (comparison === 'LessThanThreshold') return value < threshold;
  if (comparison === 'LessThanOrEqualToThreshold') return value <= threshold;
  throw new Error(`the comparison ${comparison} is not known here`);
}

function adjusted(policy: StepScaling, adjustment: number, base: number): number {
  if (policy.adjustmentType === 'ExactCapacity') return adjustment;
  if (policy.adjustmentType === 'ChangeInCapacity') return base + adjustment;
  const change = Math.trunc((base * adjustment) / 100);
  const least = Math.max(1, policy.leastChange);
  return base + Math.sign(adjustment) * Math.max(Math.abs(change), least);
}
