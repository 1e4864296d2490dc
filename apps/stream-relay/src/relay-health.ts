import type { StreamConsumer, StreamConsumerStatus } from '#libs/dynamodb-streams';
import type { HealthCheck } from '#libs/service';

/** If the leases were not read for three lease durations, the relay cannot reach the lease table, or hangs. */
const STALE_LEASES = 3;
/** A reader that has finished no poll for this long hangs; an idle reader polls at least every 20 s. */
const STALE_POLL_MS = 30_000;
/** A record is published right after it is read; if one waits this long, the topic does not accept it. */
const LONGEST_WAIT_MS = 10_000;

/** Reports whether the relay works and, for each shard, its owner, its progress and the age of its last event. */
export function relayHealth(stream: Pick<StreamConsumer, 'status'>, leaseSeconds: number): HealthCheck {
  return {
    name: 'ordersStream',
    required: true,
    check: () => {
      const status = stream.status();
      const { shards, lastScanAgoMs, lastListingAgoMs, streamStatus, quarantinedItems } = status;
      const detail = problemOf(status, leaseSeconds * 1_000 * STALE_LEASES);
      const seen = { lastScanAgoMs, lastListingAgoMs, streamStatus, quarantinedOrders: quarantinedItems, shards };
      if (detail) return { status: 'down', detail, ...seen };
      return quarantinedItems > 0
        ? { status: 'up', detail: quarantinedDetail(quarantinedItems), ...seen }
        : { status: 'up', ...seen };
    },
  };
}

function problemOf(status: StreamConsumerStatus, staleLeaseMs: number): string | undefined {
  const { shards, lastScanAgoMs, streamStatus, quarantinedItems, quarantineFull } = status;
  if (lastScanAgoMs === undefined) return 'the leases have not been read yet';
  if (lastScanAgoMs > staleLeaseMs) return `the leases were last read ${lastScanAgoMs} ms ago`;
  if (streamStatus === 'DISABLED' || streamStatus === 'DISABLING') {
    return 'the stream is disabled: later changes of orders are not published; start with the ARN of the present stream';
  }
  if (quarantineFull)
    return `${quarantinedDetail(quarantinedItems)}; the limit is reached: the topic refuses too many records`;
  // A reader waits while its buffer is full, so the topic is checked before the poll.
  const stuck = shards.find(({ oldestUnpublishedAgoMs = 0 }) => oldestUnpublishedAgoMs > LONGEST_WAIT_MS);
  if (stuck) {
    return `the topic does not accept records of shard ${stuck.shardId}, the oldest for ${stuck.oldestUnpublishedAgoMs} ms`;
  }
  const still = shards.find(({ isOwn, lastPollAgoMs = 0 }) => isOwn && lastPollAgoMs > STALE_POLL_MS);
  if (still) return `shard ${still.shardId} was last read ${still.lastPollAgoMs} ms ago`;
  const unowned = shards.find(({ unownedForMs = 0 }) => unownedForMs > staleLeaseMs);
  return unowned && `shard ${unowned.shardId} has been without owner for ${unowned.unownedForMs} ms`;
}

/** A warning: all other orders are published. */
function quarantinedDetail(orders: number): string {
  return orders === 1
    ? '1 order is quarantined and waits to be redriven'
    : `${orders} orders are quarantined and wait to be redriven`;
}
