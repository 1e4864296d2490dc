import type { ShardDescription } from './change-stream.ts';
import type { Lease } from './lease-store.ts';
import type { ShardListing } from './shard-listing.ts';

/**
 * Records live 24 h; an hour more for the listing to follow. AWS's own Flink source takes the same 25 h
 * (apache/flink-connector-aws, `ShardUtils`).
 */
const retentionMs = 25 * 60 * 60 * 1000;

/** Listed shards that have no row yet. */
export function shardsWithoutLease(listing: ShardListing, leases: readonly Lease[]): ShardDescription[] {
  const known = new Set(leases.map((lease) => lease.shardId));
  return listing.shards.filter((shard) => !known.has(shard.shardId));
}

/** Leases of shards that may be read: not ended, and their parent is over. */
export function readableLeases(leases: readonly Lease[], listing: ShardListing | undefined, epochMs: number): Lease[] {
  const byShard = new Map(leases.map((lease) => [lease.shardId, lease]));
  return leases.filter(
    (lease) =>
      lease.state === 'OPEN' &&
      (lease.parentShardId === undefined ||
        // Somebody has owned it before, and nobody may before the parent is over.
        lease.epoch > 0 ||
        parentIsOver(lease, byShard.get(lease.parentShardId), listing, epochMs)),
  );
}

/** Whether a shard created so long ago holds no untrimmed record of its ancestors. Unknown age is no. */
export function isPastRetention(shard: ShardDescription | undefined, epochMs: number): boolean {
  return shard?.createdAtMs !== undefined && epochMs - shard.createdAtMs > retentionMs;
}

/**
 * A parent with a row is over when the row has ended. One without is unknown, not finished: the listing may simply be
 * late. It is trimmed only if a complete listing does not have it, and its last record, which is older than the child,
 * is past retention.
 */
function parentIsOver(
  lease: Lease,
  parent: Lease | undefined,
  listing: ShardListing | undefined,
  epochMs: number,
): boolean {
  if (parent) return parent.state === 'ENDED';
  if (!listing || listing.shards.some((shard) => shard.shardId === lease.parentShardId)) return false;
  return isPastRetention(
    listing.shards.find((shard) => shard.shardId === lease.shardId),
    epochMs,
  );
}
