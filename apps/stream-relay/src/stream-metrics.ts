import type { CounterName, MetricsListener, ShardStatus, StreamConsumer } from '#libs/dynamodb-streams';
import type { MetricRecorder } from '#libs/metrics';

type RelayMetrics = MetricRecorder<'stream-relay'>;

const counters = {
  records_published: 'RecordsRelayed',
  records_quarantined: 'Quarantined',
  gaps: 'Gaps',
} as const satisfies Record<CounterName, string>;

/** Reports the metrics of the stream consumer under the relay's names. */
export function streamMetrics(metrics: RelayMetrics): MetricsListener {
  return {
    count: (name) => metrics.count(counters[name]),
    gauge: (_name, value) => metrics.raise('IteratorAge', value),
  };
}

/** Reports the metrics that are read from the stream consumer's status each second. */
export function measureStream(stream: Pick<StreamConsumer, 'status'>, metrics: RelayMetrics): void {
  const highest = (figure: (shard: ShardStatus) => number | undefined) =>
    Math.max(0, ...stream.status().shards.map((shard) => figure(shard) ?? 0));
  const sum = (figure: (shard: ShardStatus) => number) =>
    stream.status().shards.reduce((total, shard) => total + figure(shard), 0);
  metrics.gauge('IteratorAge', () => highest((shard) => shard.oldestUnpublishedRecordAgeMs));
  metrics.gauge('UnrelayedRecords', () => sum(({ bufferedRecords = 0 }) => bufferedRecords));
  metrics.gauge('LeasesOwned', () => sum(({ isOwn }) => (isOwn ? 1 : 0)));
  metrics.gauge('UnownedShardAge', () => highest(({ unownedForMs }) => unownedForMs));
}
