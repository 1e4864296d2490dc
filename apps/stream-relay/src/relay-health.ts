import type { StreamConsumer, StreamConsumerStatus } from '#libs/dynamodb-streams';
import type { HealthCheck } from '#libs/service';

/** Three leases' time with no look at them means that the relay has lost the lease table, or itself. */
const STALE_LEASES = 3;
/** A reader that has not finished a poll for this long hangs; idle ones poll every second. */
const STALE_POLL_MS = 30_000;
/** A record is published as soon as it was read; one that waits for this long is not taken. */
const LONGEST_WAIT_MS = 10_000;

/** How the relay does, with each shard: who owns it, how far it is, how old its last event was. */
export function relayHealth(stream: Pick<StreamConsumer, 'status'>, leaseSeconds: number): HealthCheck {
  return {
    name: 'ordersStream',
    required: true,
    check: () => {
      const status = stream.status();
      const { shards, lastScanAgoMs, lastListingAgoMs, streamStatus, quarantinedItems } = status;
      const detail = faultOf(status, leaseSeconds * 1_000 * STALE_LEASES);
      const seen = { lastScanAgoMs, lastListingAgoMs, streamStatus, quarantinedOrders: quarantinedItems, shards };
      if (detail) return { status: 'down', detail, ...seen };
      return quarantinedItems > 0
        ? { status: 'up', detail: quarantinedDetail(quarantinedItems), ...seen }
        : { status: 'up', ...seen };
    },
  };
}

function faultOf(status: StreamConsumerStatus, staleLeaseMs: number): string | undefined {
  const { shards, lastScanAgoMs, streamStatus, quarantinedItems, quarantineFull } = status;
  if (lastScanAgoMs === undefined) return 'the leases have not been read yet';
  if (lastScanAgoMs > staleLeaseMs) return `the leases were last read ${lastScanAgoMs} ms ago`;
  if (streamStatus === 'DISABLED' || streamStatus === 'DISABLING') {
    return 'the stream is disabled: later changes of orders are not told; start with the ARN of the present stream';
  }
  if (quarantineFull) return `${quarantinedDetail(quarantinedItems)}; no more are: the topic refuses too many records`;
  // A reader waits while its buffer is full, so the topic comes before the poll.
  const stuck = shards.find(({ oldestUnpublishedAgoMs = 0 }) => oldestUnpublishedAgoMs > LONGEST_WAIT_MS);
  if (stuck) {
    return `the topic does not take records of shard ${stuck.shardId}, the oldest for ${stuck.oldestUnpublishedAgoMs} ms`;
  }
  const still = shards.find(({ mine, lastPollAgoMs = 0 }) => mine && lastPollAgoMs > STALE_POLL_MS);
  if (still) return `shard ${still.shardId} was last read ${still.lastPollAgoMs} ms ago`;
  const unowned = shards.find(({ unownedForMs = 0 }) => unownedForMs > staleLeaseMs);
  return unowned && `shard ${unowned.shardId} has been without owner for ${unowned.unownedForMs} ms`;
}

/** A warning, not a fault: all other orders go on. */
function quarantinedDetail(orders: number): string {
  return orders === 1
    ? '1 order is quarantined and waits to be redriven'
    : `${orders} orders are quarantined and wait to be redriven`;
}
