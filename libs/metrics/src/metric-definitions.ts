/** A metric that a service reports. Besides the dimensions named here it has `Service`. */
export interface MetricDefinition {
  /**
   * counter: number of events since the last report; gauge: highest value since the last report; distribution: single
   * values, for percentiles.
   */
  readonly kind: 'counter' | 'gauge' | 'distribution';
  /** Unit, named as in CloudWatch. */
  readonly unit: 'Count' | 'Milliseconds';
  readonly description: string;
  /** Dimensions beside `Service`, whose values are few and known. */
  readonly dimensions?: readonly string[];
}

/** The metrics of each service, by the value of the dimension `Service`. */
export const serviceMetrics = {
  api: {
    PendingEnqueue: gauge('Count', 'Commands that SQS has not acknowledged yet; the api is scaled by it.'),
    EnqueueLatency: distribution('Time from sending a command to the queue to its acknowledgement.'),
    AnswerTime: distribution(
      'Time from the admission of a request to its answer, for orders that were accepted, read or listed; not if the caller asked to wait.',
    ),
    OrdersAccepted: counter('Orders that SQS has acknowledged, without replays.'),
    OrdersRefused: counterBy(
      ['Reason'],
      'Requests for an order within the quota, and rows of batches, that were answered with a problem, by its kind.',
    ),
    HttpRequests: counterBy(
      ['Route', 'Status'],
      'Answers except health checks, by the declared route (else, and in an overload, `unmatched`) and the status.',
    ),
  },
  worker: {
    OrdersPersisted: counter('Orders stored in the table.'),
    OrdersChanged: counter('Changes of orders stored in the table.'),
    CommandsRefused: counter('Commands that the worker refused.'),
    Duplicates: counter('Commands that had been decided before.'),
    DeadLettered: counterBy(['Reason'], 'Messages moved to the dead-letter queue, by the reason.'),
    MessagesLeft: counter('Messages left in the queue after a transient failure; they come back.'),
    DecisionDelay: distribution(
      'Time from the receipt of an order or a change by the api until it is in the table, by two clocks.',
    ),
  },
  'stream-relay': {
    IteratorAge: gauge(
      'Milliseconds',
      'Age of the oldest change that is read and not relayed, or of the last relayed one, in whole seconds; 0 when idle.',
    ),
    UnrelayedRecords: gauge('Count', 'Records that are read and not relayed yet.'),
    RecordsRelayed: counter('Records that the topic has accepted or does not need.'),
    LeasesOwned: gauge('Count', 'Shards that this instance reads.'),
    UnownedShardAge: gauge(
      'Milliseconds',
      'How long the shard that has waited longest has been without an owner; 0 when each has one.',
    ),
    Quarantined: counter('Records moved to the dead-letter queue.'),
    Gaps: counter('Runs of records that the stream deleted before they were read.'),
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

/** Arguments of a counter: the values of exactly its declared dimensions, if any, and how much to add. */
export type CounterArguments<
  Service extends MeasuredService,
  Name extends keyof Definitions<Service>,
> = Definitions<Service>[Name] extends { dimensions: readonly (infer Dimension extends string)[] }
  ? [dimensions: Readonly<Record<Dimension, string>>, by?: number]
  : [dimensions?: Readonly<Record<string, never>>, by?: number];
