import type { ShardDescription } from './change-stream.ts';
import type { Lease } from './lease-store.ts';
import type { ShardListing } from './shard-discovery.ts';

/**
 * Records live 24 h, and the listing gets one hour to follow. AWS's own Flink source uses the same 25 h
 * (apache/flink-connector-aws, `ShardUtils`).
 */
const hourMs = 60 * 60 * 1000;
const retentionMs = 25 * hourMs;

/** Returns the listed shards that have no row yet. */
export function shardsWithoutLease(listing: ShardListing, leases: readonly Lease[]): ShardDescription[] {
  const known = new Set(leases.map((lease) => lease.shardId));
  return listing.shards.filter((shard) => !known.has(shard.shardId));
}

/** Returns the leases of shards that may be read: they have not ended, and their parent is over. */
export function readableLeases(leases: readonly Lease[], listing: ShardListing | undefined, epochMs: number): Lease[] {
  const byShard = new Map(leases.map((lease) => [lease.shardId, lease]));
  return leases.filter(
    (lease) =>
      lease.state === 'OPEN' &&
      (lease.parentShardId === undefined ||
        // A consumer has owned it, which is possible only after the parent is over.
        lease.epoch > 0 ||
        parentIsOver(lease, byShard.get(lease.parentShardId), listing, epochMs)),
  );
}

/** Whether a shard created so long ago holds no untrimmed record of its ancestors. False when its age is unknown. */
export function isPastRetention({ createdAtMs }: { createdAtMs?: number }, epochMs: number): boolean {
  return createdAtMs !== undefined && epochMs - createdAtMs > retentionMs;
}

/**
 * Whether records of a shard that no consumer of the group has read may be deleted: those older than 24 h. Records that
 * were deleted before the group started do not count; the hour is the time that a first start may take.
 */
export function mayHaveLostRecords(
  { createdAtMs, checkpoint }: Pick<Lease, 'createdAtMs' | 'checkpoint'>,
  groupStartedAtMs: number,
  epochMs: number,
): boolean {
  if (checkpoint !== undefined || createdAtMs === undefined) return false;
  return epochMs - createdAtMs > retentionMs - hourMs && epochMs - groupStartedAtMs > hourMs;
}

/**
 * Returns the rows that are no longer needed: those of ended shards that the stream does not list, whose children are
 * all being read or ended and so old that no record of the parent can be left. So a listing that omits a shard by mistake
 * makes no consumer read it again from its beginning.
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
      // Shards of a disabled stream end without children, so the age of their last record is unknown.
      (lease.childShardIds ?? []).length > 0 &&
      (children.get(lease.shardId) ?? []).every(isExpendable),
  );
}

/**
 * A parent with a row is over when the row has ended. A parent without a row may be listed late. It is trimmed only if a
 * complete listing does not contain it and its last record, which is older than the child, is past retention.
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
