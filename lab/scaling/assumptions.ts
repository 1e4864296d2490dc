/**
 * The simulation's assumptions about AWS, with their sources: titles of AWS's documentation pages. A test or run with other
 * assumptions passes another object.
 */
export const assumptions = {
  /**
   * Seconds from the end of a minute until an alarm finds its datapoint, by the metric's source.
   *
   * queue: CloudWatch gets a queue's metrics once a minute ("Available CloudWatch metrics for Amazon SQS"), readable about a
   * minute later: seen in practice, not documented.
   */
  queueMetricDelaySeconds: 60,
  /** service: lines in embedded metric format pass through CloudWatch Logs in some seconds; not documented. */
  serviceMetricDelaySeconds: 20,
  /** ecs: "Amazon ECS service utilization metrics": a minute's average, about a minute later. */
  ecsMetricDelaySeconds: 60,
  /** load-balancer: "Metrics for your Application Load Balancer": sent in 60-second intervals; about one more to arrive. */
  loadBalancerMetricDelaySeconds: 60,
  /** The services report the highest value of a gauge in this many seconds. */
  gaugeIntervalSeconds: 10,

  /** CloudWatch evaluates an alarm once a minute ("Alarm evaluation"), at an unknown second of the minute. */
  alarmSecond: 0,
  /**
   * "Configuring how CloudWatch alarms treat missing data": it reads more datapoints than it needs, in AWS's example five for
   * three. How many is not documented.
   */
  extraDatapoints: 2,
  /** Target tracking's own alarms: three datapoints above the target, as seen in many accounts. */
  scaleOutDatapoints: 3,
  /** Fifteen datapoints below nine tenths of the target before tasks are removed. */
  scaleInDatapoints: 15,
  scaleInFraction: 0.9,
  /**
   * "How target tracking scaling for Application Auto Scaling works": out in proportion, in "more gradually", with no
   * figure given. Here at most half of the tasks go at once.
   */
  scaleInAtMost: 0.5,

  /**
   * From the decision to a running task: an address, pulling an image of about 100 MB, starting. Others measured 53 to 62 s for
   * an image of 413 MB on Fargate ("Reduce AWS Fargate pull times with SOCI", elasticscale.com).
   */
  taskStartSeconds: 50,
  /** Two health checks of the load balancer, 10 s apart, before it sends requests to a task. */
  registrationSeconds: 20,

  /** The write units of a table warmed for 5,000 orders a second, as docs/deploying.md shows. Growth with its load is not simulated. */
  tableWriteUnits: 10_000,
  /** "Understanding DynamoDB warm throughput in different scenarios": a partition accepts 1,000, and is a shard of the stream. */
  writeUnitsPerPartition: 1_000,
  /** An order's item has 1 to 2 KB. Its index entry takes one unit of the index, which is never the tighter limit. */
  writeUnitsPerOrder: 2,

  /** Messages that one worker has in flight: 8 pollers of 10. */
  messagesInFlightPerWorker: 80,
  /** Records of a shard that the relay holds before it stops reading. */
  recordsHeldPerShard: 2_000,
  /** A request beyond the api's capacity waits at most this long and is then answered 503. */
  apiWaitSeconds: 0.5,
  /** The share of an order's CPU time that a 503 takes in an overloaded task: a quarter to a third by `npm run bench:rates`. */
  refusalCost: 0.3,
  /**
   * A client sends a refused order again after `retryAfterSeconds`, until `retriesSeconds` have passed since its first request; then it
   * counts as refused. Simplified: in a long rush the api asks for up to 52 s.
   */
  retryAfterSeconds: 5,
  retriesSeconds: 60,
} as const;

export type Assumptions = { readonly [Name in keyof typeof assumptions]: number };

/** "Understanding DynamoDB warm throughput": what a new table accepts at once. */
export const NEW_TABLE_WRITE_UNITS = 4_000;
