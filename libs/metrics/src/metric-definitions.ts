/** A metric that a service reports, with the dimension `Service` and those named here beside it. */
export interface MetricDefinition {
  /**
   * counter: what happened since the last report; gauge: how much there was, at its highest; distribution: single values,
   * whose percentiles can be asked for.
   */
  readonly kind: 'counter' | 'gauge' | 'distribution';
  /** As CloudWatch names it. */
  readonly unit: 'Count' | 'Milliseconds';
  readonly description: string;
  /** Dimensions beside `Service`, whose values are few and known. */
  readonly dimensions?: readonly string[];
}

/** What each service measures, by the value of the dimension `Service`. */
export const serviceMetrics = {
  api: {
    PendingEnqueue: gauge('Count', 'Commands taken in that SQS has not acknowledged yet: what the api is scaled by.'),
    EnqueueLatency: distribution('From handing a command to the queue to its acknowledgement.'),
    OrdersAccepted: counter('Orders that SQS has acknowledged, without replays.'),
    OrdersRefused: counterBy(
      ['Reason'],
      'Requests for an order, and rows of batches, that were answered with a problem, by its kind.',
    ),
    HttpRequests: counterBy(
      ['Route', 'Status'],
      'Answers but for health checks, by the route as it is declared (else `unmatched`) and the status.',
    ),
  },
  worker: {
    OrdersPersisted: counter('Orders that the table has taken.'),
    OrdersChanged: counter('Changes of orders that the table has taken.'),
    CommandsRefused: counter('Commands that the worker rejected.'),
    Duplicates: counter('Commands that had been decided before.'),
    DeadLettered: counterBy(['Reason'], 'Messages moved to the dead-letter queue, by the reason.'),
    MessagesLeft: counter('Messages left to come back, for a fault that may pass.'),
    DecisionDelay: distribution(
      'From the receipt of an order or a change by the api to its being in the table, by two clocks.',
    ),
  },
  'stream-relay': {
    IteratorAge: gauge(
      'Milliseconds',
      'Age of the oldest change read and not relayed yet, or of one relayed just now, to the second; 0 when idle.',
    ),
    UnrelayedRecords: gauge('Count', 'Records read and not relayed yet.'),
    RecordsRelayed: counter('Records that the topic has taken or had no use for.'),
    LeasesOwned: gauge('Count', 'Shards that this instance reads.'),
    UnownedShardAge: gauge(
      'Milliseconds',
      'How long the shard that has waited longest has been without an owner; 0 when each has one.',
    ),
    Quarantined: counter('Records moved to the dead-letter queue.'),
    Gaps: counter('Stretches that the stream deleted before they were read.'),
  },
} as const satisfies Record<string, Record<string, MetricDefinition>>;

function counter(description: string) {
  return { kind: 'counter', unit: 'Count', description } as const;
}

function counterBy<const Dimensions extends readonly string[]>(dimensions: Dimensions, description: string) {
  return { ...counter(description), dimensions } as const;
}

function gauge<Unit extends MetricDefinition['unit']>(unit: Unit, description: string) {
  return { kind: 'gauge', unit, description } as const;
}

function distribution(description: string) {
  return { kind: 'distribution', unit: 'Milliseconds', description } as const;
}

export type MeasuredService = keyof typeof serviceMetrics;
type Definitions<Service extends MeasuredService> = (typeof serviceMetrics)[Service];

/** The names of a service's metrics of one kind. */
export type MetricName<Service extends MeasuredService, Kind extends MetricDefinition['kind']> = {
  [Name in keyof Definitions<Service>]: Definitions<Service>[Name] extends { kind: Kind } ? Name : never;
}[keyof Definitions<Service>] &
  string;

/** What a counter is given: the values of exactly its dimensions, if it is declared with some, and how much to add. */
export type CounterArguments<
  Service extends MeasuredService,
  Name extends keyof Definitions<Service>,
> = Definitions<Service>[Name] extends { dimensions: readonly (infer Dimension extends string)[] }
  ? [dimensions: Readonly<Record<Dimension, string>>, by?: number]
  : [dimensions?: Readonly<Record<string, never>>, by?: number];
