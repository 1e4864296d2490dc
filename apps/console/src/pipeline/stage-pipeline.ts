import { CloudWatch, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { type MeasuredService, serviceMetrics } from '#libs/metrics';
import { ordersDeadLetterQueue, ordersQueue, type QueueDefinition, relayDeadLetterQueue } from '#libs/resources';
import { awsClient } from '#libs/service';
import { metricsNamespaceOf, type StageConfig } from '../../../../infra/lib/config.ts';
import type { Environment } from '../../../../operations/environment.ts';
import {
  type FigureName,
  ORDERS_QUEUE,
  type PipelineSource,
  type PipelineState,
  queuesOf,
  type Station,
} from './station.ts';

const HOUR_SECONDS = 3_600;
const PERIOD_SECONDS = 60;
/** CloudWatch has new values each minute. */
const MAX_AGE_MS = 30_000;

interface Metric {
  namespace: string;
  name: string;
  dimension: readonly [name: string, value: string];
  statistic: 'Sum' | 'Maximum';
}

/** The metrics of a station, whose sum is a figure. */
type Sources = Partial<Record<FigureName, readonly Metric[]>>;

/** The pipeline of a stage, from CloudWatch. */
export class StagePipeline implements PipelineSource {
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
    const EndTime = new Date();
    const stations = Object.entries(this.sources());
    const { MetricDataResults = [] } = await this.cloudWatch.getMetricData({
      StartTime: new Date(EndTime.getTime() - HOUR_SECONDS * 1_000),
      EndTime,
      ScanBy: 'TimestampAscending',
      MetricDataQueries: stations.flatMap(([, sources], position) => queriesOf(sources, `s${position}`)),
    });
    const figures = new Map(MetricDataResults.map(({ Id, Values: line = [] }) => [Id, { line, now: lastOf(line) }]));
    return {
      at: EndTime.toISOString(),
      seconds: HOUR_SECONDS,
      stations: stations.map(([name, sources], position): Station => {
        const known = Object.keys(sources).map((figure) => [figure, figures.get(`s${position}${figure}`)]);
        return { name, state: 'unknown', figures: Object.fromEntries(known) };
      }),
    };
  }

  private sources(): Record<string, Sources> {
    const consumers = queuesOf(this.environment).filter(({ queue }) => queue !== ordersQueue);
    return {
      api: { flow: [this.metric('api', 'OrdersAccepted')], backlog: [this.metric('api', 'PendingEnqueue')] },
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
      oldest: [this.queueMetric(queue, 'ApproximateAgeOfOldestMessage')],
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

  private queueMetric({ name: queue }: QueueDefinition, name: string, statistic: Metric['statistic'] = 'Maximum') {
    return { namespace: 'AWS/SQS', name, dimension: ['QueueName', this.environment.nameOf(queue)], statistic } as const;
  }

  private deadLetters(queue: QueueDefinition): readonly Metric[] {
    return [this.queueMetric(queue, 'ApproximateNumberOfMessagesVisible')];
  }
}

/** A query for each metric, and one for each figure. Missing values are filled, so that all lines have a value a minute. */
function queriesOf(sources: Sources, station: string): MetricDataQuery[] {
  return Object.entries(sources).flatMap(([figure, metrics]) => {
    const Id = station + figure;
    const sum = metrics.map((_, position) => `FILL(${Id}${position}, 0)`).join(' + ');
    const isInSeconds = metrics.some(({ name }) => name === 'ApproximateAgeOfOldestMessage');
    const scale = figure === 'flow' ? ` / ${PERIOD_SECONDS}` : isInSeconds ? ' * 1000' : '';
    const queries = metrics.map(({ namespace, name, dimension: [Name, Value], statistic }, position) => ({
      Id: `${Id}${position}`,
      MetricStat: {
        Metric: { Namespace: namespace, MetricName: name, Dimensions: [{ Name, Value }] },
        Period: PERIOD_SECONDS,
        Stat: statistic,
      },
      ReturnData: false,
    }));
    return [...queries, { Id, Expression: `(${sum})${scale}` }];
  });
}

/** The last complete minute. */
function lastOf(line: readonly number[]): number {
  return line.at(-2) ?? line.at(-1) ?? 0;
}
