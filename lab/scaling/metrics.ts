import { scalingMetrics, type Formula, type ScalingMetric } from '../../infra/lib/scaling/scaling-policies.ts';
import type { Datapoint } from './alarm.ts';
import type { Assumptions } from './assumptions.ts';
import type { Second } from './pipeline.ts';
import { perService, type PerService, type ServiceName } from './platform.ts';

export const MINUTE = 60;
/** Inside jest's modules each use of a global is slow. */
const { ceil, max } = Math;

/** The assumption about the delay of each metric. */
const delays = Object.fromEntries(
  Object.entries(scalingMetrics).map(([metric, { source }]) => [metric, `${source}MetricDelaySeconds`]),
) as Record<ScalingMetric, keyof Assumptions>;

type Minute = Readonly<Record<ScalingMetric, number>>;

/** The metrics of a run in CloudWatch: one datapoint a minute for each metric, and when it arrives. */
export class Metrics {
  private readonly assumptions: Assumptions;
  private readonly minutes: PerService<Minute>[] = [];
  private readonly before: PerService<Minute>;

  /** @param idle the state of the pipeline before the start */
  constructor(idle: Second, assumptions: Assumptions) {
    this.assumptions = assumptions;
    this.before = this.minuteOf([idle]);
  }

  /** @param seconds the seconds of the minute that has just passed */
  add(seconds: readonly Second[]): void {
    this.minutes.push(this.minuteOf(seconds));
  }

  /** The value that a policy of the service reads for that minute, if it has arrived by now. */
  value(follows: ScalingMetric | Formula, service: ServiceName, minute: number, now: number): Datapoint {
    if (typeof follows === 'string') return this.datapoint(follows, service, minute, now);
    const values = follows.sum.map((metric) => this.datapoint(metric, service, minute, now));
    const per = this.repeated(follows.per, service, minute, now);
    // CloudWatch has no datapoint for a sum that lacks a value, nor for a division by zero.
    if (per === 0 || values.includes(undefined)) return undefined;
    return (values as number[]).reduce((total, value) => total + value, 0) / per;
  }

  /** A datapoint that has not arrived is replaced by the last one that has. */
  private repeated(metric: ScalingMetric, service: ServiceName, minute: number, now: number): number {
    return this.datapoint(metric, service, minute, now) ?? this.repeated(metric, service, minute - 1, now);
  }

  private datapoint(metric: ScalingMetric, service: ServiceName, minute: number, now: number): Datapoint {
    const arrival = (minute + 1) * MINUTE + this.assumptions[delays[metric]];
    if (now < arrival) return undefined;
    return (this.minutes[minute] ?? this.before)[service][metric];
  }

  private minuteOf(seconds: readonly Second[]): PerService<Minute> {
    const last = seconds.at(-1) as Second;
    const total = (of: (second: Second) => number) => seconds.reduce((sum, second) => sum + of(second), 0);
    const gauge = (metric: ScalingMetric, of: (second: Second) => number) => this.gauge(metric, seconds.map(of));
    const shared = {
      pendingEnqueue: gauge('pendingEnqueue', ({ pendingPerTask }) => pendingPerTask),
      iteratorAge: gauge('iteratorAge', ({ oldestChangeSeconds }) => oldestChangeSeconds * 1_000),
      // SQS and ECS report the current state once a minute.
      visible: last.visible,
      inFlight: last.inFlight,
    };
    return perService((name) => ({
      ...shared,
      unrelayedRecords: gauge('unrelayedRecords', (second) => second.unrelayed / max(1, second.running[name])),
      running: last.running[name],
      cpu: (total(({ busy }) => busy[name]) / seconds.length) * 100,
      requests: total(({ requests, running }) => requests / max(1, running[name])),
    }));
  }

  private gauge(metric: ScalingMetric, values: readonly number[]): number {
    const { gaugeIntervalSeconds: size } = this.assumptions;
    const reported = Array.from({ length: ceil(values.length / size) }, (_, n) =>
      max(...values.slice(n * size, (n + 1) * size)),
    );
    const definition = scalingMetrics[metric];
    if ('statistic' in definition && definition.statistic === 'Maximum') return max(...reported);
    return reported.reduce((sum, value) => sum + value, 0) / reported.length;
  }
}
