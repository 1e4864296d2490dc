import type { ScalingPolicy } from '../../infra/lib/scaling/scaling-policies.ts';
import { isAlarm, type Datapoint } from './alarm.ts';
import type { Assumptions } from './assumptions.ts';
import { MINUTE, type Metrics } from './metrics.ts';
import type { ScaledService, ServiceName } from './platform.ts';

/** Application Auto Scaling for one service, and its tasks: desired, starting, running. */
export class ServiceScaler {
  running: number;
  private desired: number;
  private min: number;
  /** When each starting task will run, the soonest first. */
  private starting: number[] = [];
  private readonly service: ScaledService;
  private readonly startSeconds: number;
  private readonly alarmSecond: number;
  private readonly watches: readonly PolicyWatch[];

  constructor(name: ServiceName, service: ScaledService, metrics: Metrics, assumptions: Assumptions) {
    const { taskStartSeconds, registrationSeconds, alarmSecond } = assumptions;
    this.service = service;
    this.min = service.minTasks;
    this.desired = service.minTasks;
    this.running = service.minTasks;
    // Only tasks of the api have to be registered at a load balancer before they work.
    this.startSeconds = taskStartSeconds + (name === 'api' ? registrationSeconds : 0);
    this.alarmSecond = alarmSecond;
    this.watches = service.policies.map((policy) => new PolicyWatch(policy, name, metrics, assumptions));
  }

  advance(now: number, clockMs: number): void {
    for (const { at, minTasks } of this.service.minimums) {
      if (at.getTime() !== clockMs) continue;
      this.min = minTasks;
      this.want(this.desired, now);
    }
    if (now % MINUTE === this.alarmSecond && !this.scaleOut(now)) this.scaleIn(now);
    while (this.starting.length > 0 && this.starting[0]! <= now) {
      this.starting.shift();
      this.running += 1;
    }
  }

  /** The policy that wants the most tasks wins. @returns whether an alarm rings, so that no task is removed */
  private scaleOut(now: number): boolean {
    const before = this.desired;
    const ringing = this.watches.flatMap((watch) => {
      const tasks = watch.tasksForMore(now, before);
      return tasks === undefined ? [] : [{ watch, tasks }];
    });
    this.want(Math.max(before, ...ringing.map(({ tasks }) => tasks)), now);
    if (this.desired > before) for (const { watch } of ringing) watch.scaledOut(now, before);
    return ringing.length > 0;
  }

  /** Tasks are removed only if all target tracking policies agree. */
  private scaleIn(now: number): void {
    const tracking = this.watches.filter(({ policy }) => policy.kind === 'target-tracking');
    const wanted = tracking.map((watch) => watch.tasksForLess(now, this.desired));
    const agreed = wanted.filter((tasks) => tasks !== undefined);
    if (agreed.length === 0 || agreed.length < wanted.length || this.desired <= this.min) return;
    this.want(Math.max(...agreed), now);
    for (const watch of tracking) watch.scaledIn(now);
  }

  /** Sets the desired count, within the bounds. Tasks that are still starting are removed first. */
  private want(tasks: number, now: number): void {
    this.desired = Math.min(Math.max(tasks, this.min), this.service.maxTasks);
    const excess = this.running + this.starting.length - this.desired;
    if (excess > 0) {
      const unstarted = Math.min(excess, this.starting.length);
      this.starting = this.starting.slice(0, this.starting.length - unstarted);
      this.running -= excess - unstarted;
    }
    for (let missing = -excess; missing > 0; missing -= 1) this.starting.push(now + this.startSeconds);
  }
}

/** One policy with its alarms and its cooldowns. */
class PolicyWatch {
  readonly policy: ScalingPolicy;
  private readonly service: ServiceName;
  private readonly metrics: Metrics;
  private readonly assumptions: Assumptions;
  private outCooldown = { until: 0, from: 0 };
  private inCooldownUntil = 0;

  constructor(policy: ScalingPolicy, service: ServiceName, metrics: Metrics, assumptions: Assumptions) {
    this.policy = policy;
    this.service = service;
    this.metrics = metrics;
    this.assumptions = assumptions;
  }

  /** The number of tasks that the policy wants while its scale-out alarm rings. */
  tasksForMore(now: number, desired: number): number | undefined {
    const { policy } = this;
    // During a cooldown, the tasks that the last scaling added count as a part of the next one.
    const base = now < this.outCooldown.until ? this.outCooldown.from : desired;
    if (policy.kind === 'steps') {
      const least = Math.min(...policy.steps.map(({ from }) => from));
      const value = this.alarmed(1, now, (value) => value >= least);
      return value === undefined ? undefined : base + (policy.steps.findLast(({ from }) => value >= from)?.add ?? 0);
    }
    const value = this.alarmed(this.assumptions.scaleOutDatapoints, now, (value) => value > policy.target);
    return value === undefined ? undefined : Math.ceil(base * (value / policy.target));
  }

  /** The number of tasks that the policy wants while its scale-in alarm rings. */
  tasksForLess(now: number, desired: number): number | undefined {
    const { scaleInDatapoints, scaleInFraction, scaleInAtMost } = this.assumptions;
    if (this.policy.kind === 'steps' || now < this.inCooldownUntil) return undefined;
    const { target } = this.policy;
    const value = this.alarmed(scaleInDatapoints, now, (value) => value < target * scaleInFraction);
    return value === undefined ? undefined : Math.ceil(desired * Math.max(value / target, scaleInAtMost));
  }

  scaledOut(now: number, before: number): void {
    const { policy, outCooldown } = this;
    const seconds = policy.kind === 'steps' ? policy.cooldownSeconds : policy.cooldownSeconds.out;
    this.outCooldown = { until: now + seconds, from: now < outCooldown.until ? outCooldown.from : before };
    this.inCooldownUntil = 0;
  }

  scaledIn(now: number): void {
    if (this.policy.kind === 'target-tracking') this.inCooldownUntil = now + this.policy.cooldownSeconds.in;
  }

  /** The newest value, if this many datapoints breach. */
  private alarmed(periods: number, now: number, breaches: (value: number) => boolean): Datapoint {
    const length = periods + this.assumptions.extraDatapoints;
    const oldest = Math.floor(now / MINUTE) - length;
    const range = Array.from({ length }, (_, n) =>
      this.metrics.value(this.policy.follows, this.service, oldest + n, now),
    );
    // Neither Application Auto Scaling's own alarms nor those of steps are "M out of N".
    const rings = isAlarm(range, { periods, datapointsToAlarm: periods, breaches });
    return rings ? range.findLast((value) => value !== undefined) : undefined;
  }
}
