/**
 * What the simulation takes for granted of AWS, each with where it is from. AWS's documents are named by the titles of
 * their pages. Changed by a test or a run, it is one object.
 */
export const assumptions = {
  /**
   * CloudWatch gets a queue's metrics once a minute ("Available CloudWatch metrics for Amazon SQS"), and a look at one
   * shows it about a minute after its time: seen in practice, promised nowhere.
   */
  queueMetricDelaySeconds: 60,
  /** A line of embedded metric format goes through CloudWatch Logs: some seconds, promised nowhere. */
  customMetricDelaySeconds: 20,
  /** The services tell a gauge at its highest of so many seconds. */
  gaugeIntervalSeconds: 10,
  /** "Metrics for your Application Load Balancer": sent in 60-second intervals; about one more until an alarm sees it. */
  loadBalancerMetricDelaySeconds: 60,
  /** "Amazon ECS service utilization metrics": a minute's average, about a minute later. */
  ecsMetricDelaySeconds: 60,
  /** "Faster auto scaling with high-resolution metrics" of the ECS guide: the same at 20 seconds. */
  ecsHighResolutionDelaySeconds: 20,

  /** The alarms that target tracking makes for itself: three datapoints above the target; as seen in many accounts. */
  scaleOutDatapoints: 3,
  /** And fifteen minutes below nine tenths of it before tasks are taken away. */
  scaleInSeconds: 900,
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
  /** Two health checks of the load balancer, 10 s apart, before it sends a task requests. */
  registrationSeconds: 20,

  /**
   * "Understanding DynamoDB warm throughput": what a new table, and each index of it, takes at once. It grows with what it
   * has taken, which is left out here: the table is as on its first day, or as the template warms it.
   */
  newTableWriteUnits: 4_000,
  /** "Understanding DynamoDB warm throughput in different scenarios": a partition takes 1,000, and is a shard of the stream. */
  writeUnitsPerPartition: 1_000,
  /** An order's item of 1 to 2 KB. */
  writeUnitsPerOrder: 2,
  /** Its entry in the index by customer, of less than 1 KB. An index that is throttled throttles its table. */
  indexWriteUnitsPerOrder: 1,

  /** Messages that one worker holds: 8 pollers of 10. */
  messagesInHandPerWorker: 80,
  /** Records that the relay holds of a shard before it stops reading. */
  recordsHeldPerShard: 2_000,
  /** What the api has taken in beyond what it gets done waits half a second at most, and is then answered 503. */
  apiWaitSeconds: 0.5,
  /** And never more than this a task. */
  apiPendingPerTask: 4_000,
} as const;

/** Shards of the orders table's stream: one for each partition. */
export function shardsOf(warmWriteUnits: number | undefined, of: Assumptions = assumptions): number {
  return Math.ceil(Math.max(warmWriteUnits ?? 0, of.newTableWriteUnits) / of.writeUnitsPerPartition);
}

export type Assumptions = { readonly [Name in keyof typeof assumptions]: number };
