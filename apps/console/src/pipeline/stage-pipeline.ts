import { CloudWatch, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { type MeasuredService, serviceMetrics } from '#libs/metrics';
import { ordersDeadLetterQueue, ordersQueue, type QueueDefinition, relayDeadLetterQueue } from '#libs/resources';
import { awsClient } from '#libs/service';
import { metricsNamespaceOf, type StageConfig } from '../../../../infra/lib/config.ts';
import type { Environment } from '../../../../operations/environment.ts';
import {
  type Figure,
  type FigureName,
  ORDERS_QUEUE,
  type PipelineSource,
  type PipelineState,
  queuesOf,
  type Station,
} from './station.ts';

const HOUR_MS = 3_600_000;
const PERIOD_MS = 60_000;
const OLDEST = 'ApproximateAgeOfOldestMessage';
const FAILED = '"500" OR "502" OR "503" OR "504"';
/** CloudWatch has new values each minute. */
const MAX_AGE_MS = 30_000;

interface Metric {
  namespace: string;
  name: string;
  dimension: readonly [name: string, value: string];
  statistic: 'Sum' | 'Maximum';
  /** Instead of the name, where a service reports it with more dimensions. */
  expression?: string;
}

/** The metrics of a station, whose sum is a figure. */
type Sources = Partial<Record<FigureName, readonly Metric[]>>;

/** The pipeline of a stage, from CloudWatch. */
export class StagePipelineSource implements PipelineSource {
  private readonly cloudWatch: CloudWatch;
  private last: { readAtMs: number; state: Promise<PipelineState> } | undefined;

  constructor(
    private readonly environment: Pick<Environment, 'nameOf' | 'hasQueue'>,
    private readonly stage: StageConfig,
  ) {
    const calls = { requestTimeoutMs: 10_000, maxAttempts: 3, maxSockets: 4 };
    this.cloudWatch = awsClient(CloudWatch, calls, { region: stage.region });
  }

  stop(): void {
    this.cloudWatch.destroy();
  }

  state(): Promise<PipelineState> {
    const isFresh = this.last && Date.now() - this.last.readAtMs < MAX_AGE_MS;
    if (!this.last || !isFresh) this.last = { readAtMs: Date.now(), state: this.read() };
    this.last.state.catch(() => (this.last = undefined));
    return this.last.state;
  }

  private async read(): Promise<PipelineState> {
    const endMs = Math.floor(Date.now() / PERIOD_MS) * PERIOD_MS;
    const startMs = endMs - HOUR_MS;
    const sources = Object.entries(this.sources());
    const metrics = sources.flatMap(([, figures]) => Object.values(figures).flat());
    const { MetricDataResults = [] } = await this.cloudWatch.getMetricData({
      StartTime: new Date(startMs),
      EndTime: new Date(endMs),
      MetricDataQueries: metrics.map((metric, position) => queryOf(metric, idOf(position))),
    });
    /** The sum of the metrics for each minute. CloudWatch has no value where a service reported none. */
    const figureOf = (summed: readonly Metric[]): Figure => {
      const line = Array.from({ length: HOUR_MS / PERIOD_MS }, () => 0);
      for (const metric of summed) {
        const result = MetricDataResults.find(({ Id }) => Id === idOf(metrics.indexOf(metric)));
        for (const [position, at] of (result?.Timestamps ?? []).entries()) {
          const minute = Math.floor((at.getTime() - startMs) / PERIOD_MS);
          line[minute] = (line[minute] ?? 0) + (result?.Values?.[position] ?? 0) * scaleOf(metric);
        }
      }
      // The last minute is not complete in CloudWatch yet.
      return { line, now: line.at(-2) ?? 0 };
    };
    const stations = sources.map(([name, figures]): Station => {
      const known = Object.entries(figures).map(([figure, summed]) => [figure, figureOf(summed)]);
      return { name, state: 'unknown', figures: Object.fromEntries(known) };
    });
    return { at: new Date(endMs - PERIOD_MS).toISOString(), seconds: HOUR_MS / 1_000, stations };
  }

  private sources(): Record<string, Sources> {
    const consumers = queuesOf(this.environment).filter(({ queue }) => queue !== ordersQueue);
    return {
      api: {
        flow: [this.metric('api', 'OrdersAccepted')],
        backlog: [this.metric('api', 'PendingEnqueue')],
        failures: [this.failedAnswers()],
      },
      [ORDERS_QUEUE]: this.queueSources(ordersQueue),
      worker: {
        flow: [this.metric('worker', 'OrdersPersisted'), this.metric('worker', 'OrdersChanged')],
        failures: this.deadLetters(ordersDeadLetterQueue),
      },
      'stream-relay': {
        flow: [this.metric('stream-relay', 'RecordsRelayed')],
        backlog: [this.metric('stream-relay', 'UnrelayedRecords')],
        oldest: [this.metric('stream-relay', 'IteratorAge')],
        failures: this.deadLetters(relayDeadLetterQueue),
      },
      ...Object.fromEntries(
        consumers.map(({ name, queue }) => [
          name,
          { ...this.queueSources(queue), failures: this.deadLetters(queue.redrive!.queue) },
        ]),
      ),
    };
  }

  private queueSources(queue: QueueDefinition): Sources {
    return {
      flow: [this.queueMetric(queue, 'NumberOfMessagesDeleted', 'Sum')],
      backlog: [this.queueMetric(queue, 'ApproximateNumberOfMessagesVisible')],
      oldest: [this.queueMetric(queue, OLDEST)],
    };
  }

  /** A metric that the service reports without another dimension than its name. */
  private metric<Name extends MeasuredService>(
    service: Name,
    name: keyof (typeof serviceMetrics)[Name] & string,
  ): Metric {
    const { kind } = serviceMetrics[service][name] as { kind: string };
    const statistic = kind === 'counter' ? 'Sum' : 'Maximum';
    return { namespace: metricsNamespaceOf(this.stage), name, dimension: ['Service', service], statistic };
  }

  /** The api's answers with a status of 500 or more, of all routes. */
  private failedAnswers(): Metric {
    const metric = this.metric('api', 'HttpRequests');
    const { namespace, name, dimension } = metric;
    const search = `{"${namespace}",Service,Route,Status} MetricName="${name}" ${dimension.join('=')} Status=(${FAILED})`;
    return { ...metric, expression: `SUM(SEARCH('${search}', 'Sum', ${PERIOD_MS / 1_000}))` };
  }

  private queueMetric({ name: queue }: QueueDefinition, name: string, statistic: Metric['statistic'] = 'Maximum') {
    return { namespace: 'AWS/SQS', name, dimension: ['QueueName', this.environment.nameOf(queue)], statistic } as const;
  }

  private deadLetters(queue: QueueDefinition): readonly Metric[] {
    return [this.queueMetric(queue, 'ApproximateNumberOfMessagesVisible')];
  }
}

function idOf(position: number): string {
  return `m${position}`;
}

function queryOf({ namespace, name, dimension, statistic, expression }: Metric, Id: string): MetricDataQuery {
  if (expression) return { Id, Expression: expression, Period: PERIOD_MS / 1_000 };
  const [Name, Value] = dimension;
  const Metric = { Namespace: namespace, MetricName: name, Dimensions: [{ Name, Value }] };
  return { Id, MetricStat: { Metric, Period: PERIOD_MS / 1_000, Stat: statistic } };
}

/** Sums of a minute are shown a second, but failed answers; SQS has ages in seconds. */
function scaleOf({ name, statistic, expression }: Metric): number {
  if (expression) return 1;
  return statistic === 'Sum' ? 1_000 / PERIOD_MS : name === OLDEST ? 1_000 : 1;
}
