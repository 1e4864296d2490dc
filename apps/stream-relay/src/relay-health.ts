import type { StreamConsumer } from '#libs/dynamodb-streams';
import type { HealthCheck, HealthReport } from '#libs/service';

/** Three leases' time with no look at them means that the relay has lost the lease table, or itself. */
const STALE_LEASES = 3;
/** A reader that has not finished a poll for this long hangs; idle ones poll every second. */
const STALE_POLL_MS = 30_000;

/** How the relay does, with each shard: who owns it, how far it is, how old its last event was. */
export function relayHealth(stream: StreamConsumer, leaseSeconds: number): HealthCheck {
  return {
    name: 'ordersStream',
    required: true,
    check: () => {
      const { shards, lastScanAgoMs } = stream.status();
      const detail = faultOf(stream, leaseSeconds * 1_000 * STALE_LEASES);
      const report: HealthReport = { status: detail ? 'down' : 'up', lastScanAgoMs, shards };
      return detail ? { ...report, detail } : report;
    },
  };
}

function faultOf(stream: StreamConsumer, staleScanMs: number): string | undefined {
  const { shards, lastScanAgoMs = Infinity } = stream.status();
  if (lastScanAgoMs > staleScanMs) return `the leases were last read ${lastScanAgoMs} ms ago`;
  const still = shards.find(({ mine, lastPollAgoMs = 0 }) => mine && lastPollAgoMs > STALE_POLL_MS);
  // A reader waits while its buffer is full, so then it is the topic that does not take the records.
  if (still?.bufferedRecords) return `the topic does not take the ${still.bufferedRecords} records of ${still.shardId}`;
  if (still) return `shard ${still.shardId} was last read ${still.lastPollAgoMs} ms ago`;
  const refusing = shards.find(({ refusedRecords = 0 }) => refusedRecords > 0);
  return refusing && `the topic refuses a record of shard ${refusing.shardId}; later ones of its order wait`;
}
