/**
 * What the simulation assumes of AWS, each with its source. AWS's documents are named by the titles of their pages. A test or
 * a run that assumes something else passes another object.
 */
export const assumptions = {
  /**
   * Seconds from the end of a minute until an alarm finds its datapoint, by the metric's source.
   *
   * queue: CloudWatch gets a queue's metrics once a minute ("Available CloudWatch metrics for Amazon SQS"), and a read shows
   * one about a minute after its time: seen in practice, promised nowhere.
   */
  queueMetricDelaySeconds: 60,
  /** service: a line of embedded metric format goes through CloudWatch Logs: some seconds, promised nowhere. */
  serviceMetricDelaySeconds: 20,
  /** ecs: "Amazon ECS service utilization metrics": a minute's average, about a minute later. */
  ecsMetricDelaySeconds: 60,
  /** load-balancer: "Metrics for your Application Load Balancer": sent in 60-second intervals; about one more to arrive. */
  loadBalancerMetricDelaySeconds: 60,
  /** The services report a gauge at its highest of this many seconds. */
  gaugeIntervalSeconds: 10,

  /** CloudWatch evaluates an alarm once a minute ("Alarm evaluation"), at a second of the minute that nobody chooses. */
  alarmSecond: 0,
  /**
   * "Configuring how CloudWatch alarms treat missing data": it reads more datapoints than it needs, in AWS's example five for
   * three. How many is not documented.
   */
  extraDatapoints: 2,
  /** The alarms that target tracking makes for itself: three datapoints above the target; as seen in many accounts. */
  scaleOutDatapoints: 3,
  /** And fifteen below nine tenths of it before tasks are removed. */
  scaleInDatapoints: 15,
  scaleInFraction: 0.9,
  /**
   * "How target tracking scaling for Application Auto Scaling works": out in proportion, in "more gradually", with no
   * figure given. Here at most half of the tasks go at once.
   */
  scaleInAtMost: 0.5,

  /**
   * From the decision to a task that runs: an address, pulling an image of about 100 MB, starting. Measured by others for
   * an image of 413 MB on Fargate: 53 to 62 s ("Reduce AWS Fargate pull times with SOCI", elasticscale.com).
   */
  taskStartSeconds: 50,
  /** Two health checks of the load balancer, 10 s apart, before it sends requests to a task. */
  registrationSeconds: 20,

  /**
   * "Understanding DynamoDB warm throughput": what a new table accepts at once. It grows with what it has accepted, which is
   * left out here: the table is as on its first day, or as the stage warms it.
   */
  newTableWriteUnits: 4_000,
  /** "Understanding DynamoDB warm throughput in different scenarios": a partition accepts 1,000, and is a shard of the stream. */
  writeUnitsPerPartition: 1_000,
  /** An order's item of 1 to 2 KB. Its entry in an index takes one of the index, which is never the tighter limit. */
  writeUnitsPerOrder: 2,

  /** Messages that one worker has in flight: 8 pollers of 10. */
  messagesInFlightPerWorker: 80,
  /** Records of a shard that the relay holds before it stops reading. */
  recordsHeldPerShard: 2_000,
  /** A request beyond what the api gets done waits this long at most and is then answered 503. */
  apiWaitSeconds: 0.5,
} as const;

export type Assumptions = { readonly [Name in keyof typeof assumptions]: number };
