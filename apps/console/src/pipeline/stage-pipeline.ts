import { CloudWatch, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import {
  type EventConsumer,
  eventConsumers,
  ordersDeadLetterQueue,
  ordersQueue,
  relayDeadLetterQueue,
} from '#libs/resources';
import { awsClient } from '#libs/service';
import { metricsNamespaceOf, type StageConfig } from '../../../../infra/lib/config.ts';
import type { Environment } from '../../../../operations/environment.ts';
import type { PipelineSource, PipelineState, Series, Station } from './pipeline-state.ts';

const HOUR_MS = 3_600_000;
const PERIOD_SECONDS = 60;
/** CloudWatch has new values each minute. */
const MAX_AGE_MS = 30_000;

/** A metric of one station: the values of the last hour, one a minute. */
type Metrics = Readonly<Record<string, readonly number[]>>;

/** The pipeline of a stage, from CloudWatch. */
export class StagePipeline implements PipelineSource {
  private readonly cloudWatch: CloudWatch;
  private readonly namespace: string;
  private readonly consumers: readonly EventConsumer[];
  private last: { readAtMs: number; state: Promise<PipelineState> } | undefined;

  constructor(
    private readonly environment: Environment,
    stage: StageConfig,
  ) {
    this.consumers = eventConsumers.filter(({ name }) => stage.consumers.includes(name));
    const calls = { requestTimeoutMs: 10_000, maxAttempts: 3, maxSockets: 4 };
    this.cloudWatch = awsClient(CloudWatch, calls, { region: stage.region });
    this.namespace = metricsNamespaceOf(stage);
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
    const { MetricDataResults = [] } = await this.cloudWatch.getMetricData({
      StartTime: new Date(EndTime.getTime() - HOUR_MS),
      EndTime,
      ScanBy: 'TimestampAscending',
      MetricDataQueries: this.queries(),
    });
    const metrics = Object.fromEntries(MetricDataResults.map(({ Label = '', Values = [] }) => [Label, Values]));
    return {
      at: EndTime.toISOString(),
      stations: stationsOf(metrics, this.consumers),
      series: seriesOf(metrics, this.consumers),
    };
  }

  /** Missing values are filled, so that all lines have a value for each minute. */
  private queries(): MetricDataQuery[] {
    const service = (Service: string, MetricName: string, Stat: string) =>
      ({
        label: MetricName,
        Namespace: this.namespace,
        MetricName,
        Stat,
        Dimensions: [{ Name: 'Service', Value: Service }],
      }) as const;
    const queue = (name: string, MetricName: string) => {
      const Dimensions = [{ Name: 'QueueName', Value: this.environment.nameOf(name) }];
      return { label: `${name} ${MetricName}`, Namespace: 'AWS/SQS', MetricName, Stat: 'Maximum', Dimensions } as const;
    };
    const read = [ordersQueue, ...this.consumers.map((consumer) => consumer.queue)];
    const dead = [
      ordersDeadLetterQueue,
      relayDeadLetterQueue,
      ...this.consumers.flatMap((one) => one.queue.redrive?.queue ?? []),
    ];
    const metrics = [
      service('api', 'OrdersAccepted', 'Sum'),
      service('api', 'PendingEnqueue', 'Maximum'),
      service('worker', 'OrdersPersisted', 'Sum'),
      service('worker', 'OrdersChanged', 'Sum'),
      service('stream-relay', 'RecordsRelayed', 'Sum'),
      service('stream-relay', 'UnrelayedRecords', 'Maximum'),
      service('stream-relay', 'IteratorAge', 'Maximum'),
      ...read.flatMap(({ name }) => [queue(name, VISIBLE), queue(name, AGE)]),
      ...dead.map(({ name }) => queue(name, VISIBLE)),
    ];
    return metrics.flatMap(({ label, Stat, ...Metric }, position): MetricDataQuery[] => [
      {
        Id: `m${position}`,
        MetricStat: { Metric: { ...Metric, Dimensions: [...Metric.Dimensions] }, Period: PERIOD_SECONDS, Stat },
        ReturnData: false,
      },
      { Id: `e${position}`, Expression: `FILL(m${position}, 0)`, Label: label },
    ]);
  }
}

const VISIBLE = 'ApproximateNumberOfMessagesVisible';
const AGE = 'ApproximateAgeOfOldestMessage';

/** CloudWatch has no health of a service: the last complete minute says what it did. */
function stationsOf(metrics: Metrics, consumers: readonly EventConsumer[]): Station[] {
  const last = (label: string) => metrics[label]?.at(-2) ?? metrics[label]?.at(-1) ?? 0;
  const queue = (name: string) => ({ backlog: last(`${name} ${VISIBLE}`), oldestMs: last(`${name} ${AGE}`) * 1_000 });
  const failures = (name: string) => last(`${name} ${VISIBLE}`);
  return [
    { name: 'api', state: 'unknown', flow: last('OrdersAccepted') / PERIOD_SECONDS, backlog: last('PendingEnqueue') },
    { name: 'orders queue', state: 'unknown', ...queue(ordersQueue.name) },
    {
      name: 'worker',
      state: 'unknown',
      flow: (last('OrdersPersisted') + last('OrdersChanged')) / PERIOD_SECONDS,
      failures: failures(ordersDeadLetterQueue.name),
    },
    {
      name: 'stream-relay',
      state: 'unknown',
      flow: last('RecordsRelayed') / PERIOD_SECONDS,
      backlog: last('UnrelayedRecords'),
      oldestMs: last('IteratorAge'),
      failures: failures(relayDeadLetterQueue.name),
    },
    ...consumers.map(({ name, queue: { name: queueName, redrive } }): Station => {
      return { name, state: 'unknown', ...queue(queueName), failures: failures(redrive?.queue.name ?? '') };
    }),
  ];
}

function seriesOf(metrics: Metrics, consumers: readonly EventConsumer[]): Series[] {
  const line = (name: string, label: string, divisor = 1) => ({
    name,
    values: (metrics[label] ?? []).map((value) => value / divisor),
  });
  const seconds = HOUR_MS / 1_000;
  const waiting = consumers.map(({ name, queue }) => line(name, `${queue.name} ${VISIBLE}`));
  return [
    {
      title: 'Orders and changes a second',
      seconds,
      lines: [line('accepted', 'OrdersAccepted', PERIOD_SECONDS), line('changes', 'OrdersChanged', PERIOD_SECONDS)],
    },
    { title: 'Commands in the orders queue', seconds, lines: [line('commands', `${ordersQueue.name} ${VISIBLE}`)] },
    { title: 'Events that wait for a service', seconds, lines: waiting },
    {
      title: 'Dead letters',
      seconds,
      lines: [
        line('orders', `${ordersDeadLetterQueue.name} ${VISIBLE}`),
        line('relay', `${relayDeadLetterQueue.name} ${VISIBLE}`),
      ],
    },
  ];
}
