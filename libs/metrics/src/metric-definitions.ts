/** CloudWatch's names of units, of those that are used here. */
export type MetricUnit = 'Count' | 'Milliseconds';

/** A metric that a service tells. Each is told with the dimension `Service`, and with those named here beside it. */
export interface MetricDefinition {
  readonly unit: MetricUnit;
  /**
   * counter: what happened since the last time that it was told; gauge: how much there was, at its highest;
   * distribution: single values, of which percentiles can be asked.
   */
  readonly kind: 'counter' | 'gauge' | 'distribution';
  readonly description: string;
  /** Dimensions beside `Service`, of which the values are few and known. */
  readonly dimensions?: readonly string[];
}

/** What the api measures. */
export const apiMetrics = {
  PendingEnqueue: {
    unit: 'Count',
    kind: 'gauge',
    description: 'Commands taken in that SQS has not acknowledged yet: what the api is scaled by.',
  },
  EnqueueLatency: {
    unit: 'Milliseconds',
    kind: 'distribution',
    description: 'From handing a command to the queue to its acknowledgement.',
  },
  OrdersAccepted: { unit: 'Count', kind: 'counter', description: 'Orders that SQS has acknowledged, without replays.' },
  OrdersRefused: {
    unit: 'Count',
    kind: 'counter',
    description: 'Requests for an order, and rows of batches, that were answered with a problem, by its kind.',
    dimensions: ['Reason'],
  },
  HttpRequests: {
    unit: 'Count',
    kind: 'counter',
    description: 'Answers but for health checks, by the route as it is declared (else `unmatched`) and the status.',
    dimensions: ['Route', 'Status'],
  },
} as const satisfies Record<string, MetricDefinition>;

/** What the worker measures. */
export const workerMetrics = {
  OrdersPersisted: { unit: 'Count', kind: 'counter', description: 'Orders that the table has taken.' },
  OrdersChanged: { unit: 'Count', kind: 'counter', description: 'Changes of orders that the table has taken.' },
  CommandsRefused: { unit: 'Count', kind: 'counter', description: 'Commands that were decided with a no.' },
  Duplicates: { unit: 'Count', kind: 'counter', description: 'Commands that had been decided before.' },
  Parked: {
    unit: 'Count',
    kind: 'counter',
    description: 'Messages moved to the dead-letter queue, by the reason.',
    dimensions: ['Reason'],
  },
  MessagesLeft: {
    unit: 'Count',
    kind: 'counter',
    description: 'Messages left to come back, for a fault that may pass.',
  },
  DecisionDelay: {
    unit: 'Milliseconds',
    kind: 'distribution',
    description: 'From the receipt of an order or a change by the api to its being in the table, by two clocks.',
  },
} as const satisfies Record<string, MetricDefinition>;

/** What the stream-relay measures. */
export const streamRelayMetrics = {
  IteratorAge: {
    unit: 'Milliseconds',
    kind: 'gauge',
    description:
      'Age of the oldest change read and not relayed yet, or of one relayed just now, to the second; 0 when idle.',
  },
  UnrelayedRecords: { unit: 'Count', kind: 'gauge', description: 'Records read and not relayed yet.' },
  RecordsRelayed: {
    unit: 'Count',
    kind: 'counter',
    description: 'Records that the topic has taken or had no use for.',
  },
  LeasesOwned: { unit: 'Count', kind: 'gauge', description: 'Shards that this instance reads.' },
  UnownedShardAge: {
    unit: 'Milliseconds',
    kind: 'gauge',
    description: 'How long the shard that has waited longest has been without an owner; 0 when each has one.',
  },
  Parked: { unit: 'Count', kind: 'counter', description: 'Records moved to the dead-letter queue.' },
  Gaps: { unit: 'Count', kind: 'counter', description: 'Stretches that the stream deleted before they were read.' },
} as const satisfies Record<string, MetricDefinition>;

/** What each service measures, by the value of the dimension `Service`. */
export const serviceMetrics = {
  api: apiMetrics,
  worker: workerMetrics,
  'stream-relay': streamRelayMetrics,
} as const;
export type MeasuredService = keyof typeof serviceMetrics;
