import type { ShardDescription } from './change-stream.ts';
import type { Lease } from './lease-store.ts';
import type { ShardListing } from './shard-discovery.ts';

/**
 * Records live 24 h; an hour more for the listing to follow. AWS's own Flink source takes the same 25 h
 * (apache/flink-connector-aws, `ShardUtils`).
 */
const hourMs = 60 * 60 * 1000;
const retentionMs = 25 * hourMs;

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
export function isPastRetention({ createdAtMs }: { createdAtMs?: number }, epochMs: number): boolean {
  return createdAtMs !== undefined && epochMs - createdAtMs > retentionMs;
}

/**
 * Whether records of a shard that nobody of the group has read yet may be gone: those from its beginning until 24 h ago.
 * What was gone already when the group began does not count; the hour is the time that a first start may take.
 */
export function mayHaveLostRecords(
  { createdAtMs, checkpoint }: Pick<Lease, 'createdAtMs' | 'checkpoint'>,
  groupBeganAtMs: number,
  epochMs: number,
): boolean {
  if (checkpoint !== undefined || createdAtMs === undefined) return false;
  return epochMs - createdAtMs > retentionMs - hourMs && epochMs - groupBeganAtMs > hourMs;
}

/**
 * Rows that nobody needs any more: of ended shards that the stream lists no longer and whose children are all so old that
 * no record of their parent can be left, and are on their way themselves. So a listing that leaves out a shard by mistake
 * makes nobody read it again from the beginning.
 */
export function expendableLeases(leases: readonly Lease[], listing: ShardListing, epochMs: number): Lease[] {
  const listed = new Set(listing.shards.map((shard) => shard.shardId));
  const children = Map.groupBy(leases, (lease) => lease.parentShardId);
  const isExpendable = (child: Lease) =>
    isPastRetention(child, epochMs) && (child.state === 'ENDED' || child.epoch > 0);
  return leases.filter(
    (lease) =>
      lease.state === 'ENDED' &&
      !listed.has(lease.shardId) &&
      isPastRetention(lease, epochMs) &&
      // Those of a disabled stream end without children: nothing then tells how old their last record is.
      (lease.childShardIds ?? []).length > 0 &&
      (children.get(lease.shardId) ?? []).every(isExpendable),
  );
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
  return isPastRetention(lease, epochMs);
}
