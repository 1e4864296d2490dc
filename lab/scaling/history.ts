import type { Assumptions } from './assumptions.ts';
import type { Datapoint } from './metric-expression.ts';
import type { Metric, ServiceName } from './scaled-service.ts';
import { TemplateError } from './template.ts';

/** How everything was in a second. */
export interface Second {
  /** Orders that were asked for, taken in, refused, decided and told in this second. */
  readonly demand: number;
  readonly accepted: number;
  readonly refused: number;
  readonly decided: number;
  readonly told: number;
  /** Highest of a task of the api. */
  readonly pendingPerTask: number;
  readonly visible: number;
  readonly inFlight: number;
  /** Age of the oldest order that is not decided yet, of the oldest that is not told yet, and of its change. */
  readonly oldestUndecidedSeconds: number;
  readonly oldestUntoldSeconds: number;
  readonly oldestChangeSeconds: number;
  readonly unrelayed: number;
  readonly running: Readonly<Record<ServiceName, number>>;
  readonly desired: Readonly<Record<ServiceName, number>>;
  /** From 0 to 1. */
  readonly busy: Readonly<Record<ServiceName, number>>;
  readonly dollars: number;
}

/** When a metric reaches CloudWatch's alarms, and what it is in a second. */
interface MetricModel {
  readonly delay: keyof Assumptions;
  /** once: told once a period, as it is then; gauge: at its highest, every ten seconds, by each task; rate: all the time. */
  readonly told: 'once' | 'gauge' | 'rate';
  readonly in: (second: Second, service: ServiceName) => number;
}

const queue = { delay: 'queueMetricDelaySeconds', told: 'once' } as const;
const gauge = { delay: 'customMetricDelaySeconds', told: 'gauge' } as const;
const ecs = { delay: 'ecsMetricDelaySeconds', told: 'once' } as const;

/** The metrics that can be played, by name. */
const models: Readonly<Record<string, MetricModel>> = {
  ApproximateNumberOfMessagesVisible: { ...queue, in: ({ visible }) => visible },
  ApproximateNumberOfMessagesNotVisible: { ...queue, in: ({ inFlight }) => inFlight },
  ApproximateAgeOfOldestMessage: { ...queue, in: ({ oldestUndecidedSeconds }) => oldestUndecidedSeconds },
  PendingEnqueue: { ...gauge, in: ({ pendingPerTask }) => pendingPerTask },
  IteratorAge: { ...gauge, in: ({ oldestChangeSeconds }) => oldestChangeSeconds * 1_000 },
  UnrelayedRecords: {
    ...gauge,
    in: ({ unrelayed, running }) => unrelayed / Math.max(1, running['stream-relay']),
  },
  RunningTaskCount: { ...ecs, in: ({ running }, service) => running[service] },
  DesiredTaskCount: { ...ecs, in: ({ desired }, service) => desired[service] },
  CPUUtilization: { ...ecs, told: 'rate', in: ({ busy }, service) => busy[service] * 100 },
  RequestCountPerTarget: {
    delay: 'loadBalancerMetricDelaySeconds',
    told: 'rate',
    in: ({ demand, running }) => demand / Math.max(1, running.api),
  },
};

/** What has been, second by second, and what CloudWatch makes of it. */
export class History {
  readonly seconds: Second[] = [];
  private readonly assumptions: Assumptions;

  constructor(assumptions: Assumptions) {
    this.assumptions = assumptions;
  }

  /** How long after its period a datapoint is there for an alarm. */
  delaySeconds(metric: Metric): number {
    const { delay, told } = modelOf(metric);
    const highResolution = metric.name === 'CPUUtilization' && told === 'rate' && metric.periodSeconds < 60;
    return this.assumptions[highResolution ? 'ecsHighResolutionDelaySeconds' : delay];
  }

  /** The metric of the period that ends at this second; none from before the start. */
  datapoint(metric: Metric, service: ServiceName, end: number): Datapoint {
    if (end < metric.periodSeconds) return undefined;
    const model = modelOf(metric);
    const period = this.seconds.slice(end - metric.periodSeconds, end);
    const values = period.map((second) => model.in(second, service));
    // ECS tells a sample a minute of each task: their count is that of the tasks that run.
    if (metric.name === 'CPUUtilization' && metric.statistic === 'SampleCount') return period.at(-1)?.running[service];
    if (model.told === 'once') return statisticOf(metric, [values.at(-1) ?? 0]);
    if (model.told === 'rate') return statisticOf(metric, values);
    const tasks = Math.max(1, period.at(-1)?.running[service] ?? 1);
    const told = chunks(values, this.assumptions.gaugeIntervalSeconds).map((chunk) => Math.max(...chunk));
    return metric.statistic === 'Sum' ? statisticOf(metric, told) * tasks : statisticOf(metric, told);
  }
}

function modelOf(metric: Metric): MetricModel {
  const model = models[metric.name];
  if (!model)
    throw new TemplateError(`the metric ${metric.name} can not be played: ${Object.keys(models).join(', ')} can`);
  return model;
}

function statisticOf({ statistic, name }: Metric, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (statistic === 'Sum') return sum;
  if (statistic === 'Average') return sum / values.length;
  if (statistic === 'Maximum') return Math.max(...values);
  if (statistic === 'Minimum') return Math.min(...values);
  throw new TemplateError(`the statistic ${statistic} of ${name} is not known here`);
}

function chunks(values: readonly number[], size: number): number[][] {
  const count = Math.ceil(values.length / size);
  return Array.from({ length: count }, (_, n) => values.slice(n * size, (n + 1) * size));
}
