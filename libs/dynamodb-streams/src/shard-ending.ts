import type { ShardDescription } from './change-stream.ts';
import type { Dependencies } from './dependencies.ts';
import { StreamConsumerError } from './errors.ts';
import type { HeldLease } from './held-lease.ts';
import { isPastRetention } from './shard-lineage.ts';
import type { ShardListing } from './shard-discovery.ts';

/** Ends a shard that was closed and has children, or that was trimmed as a whole. */
export class ShardEnding {
  private readonly lease: HeldLease;
  private readonly dependencies: Dependencies;
  /** Children of a shard that has vanished; for other shards they are listed when needed. */
  private knownChildren: readonly ShardDescription[] | undefined;
  /** Whether the listing of this shard's children was empty: from then on the shared listings are searched. */
  private childListingIsEmpty = false;

  constructor(lease: HeldLease, dependencies: Dependencies) {
    this.lease = lease;
    this.dependencies = dependencies;
  }

  /**
   * Whether a shard that the stream no longer knows was trimmed as a whole. That is so only if a complete listing does not
   * contain it either, and it is older than any record can be.
   */
  async hasVanished(): Promise<boolean> {
    const { shards } = await this.dependencies.listings.recent();
    if (!this.isGoneFrom(shards)) return false;
    this.knownChildren = this.childrenIn(shards);
    return true;
  }

  /** Ends the lease if the children are known; they may be listed late. Resolves to whether it has ended. */
  async end(): Promise<boolean> {
    const children = await this.children();
    if (!children || !(await this.lease.end(children))) return false;
    const { shardId } = this.lease.row;
    const childShardIds = children.map((child) => child.shardId);
    this.dependencies.listeners.log('info', 'shard_ended', { shardId, childShardIds });
    return true;
  }

  /** Returns `undefined` while they are not listed: a closed shard has children, unless its stream was disabled. */
  private async children(): Promise<readonly ShardDescription[] | undefined> {
    if (this.knownChildren) return this.knownChildren;
    if (!this.childListingIsEmpty) {
      const { shards, streamStatus } = await this.childListing();
      if (shards.length > 0 || streamStatus === 'DISABLED') return shards;
      this.childListingIsEmpty = true;
    }
    // A shard that waited behind a failing record may be deleted from the stream meanwhile; then the listing of its
    // children stays empty. All its records are accounted for, so nothing is lost.
    const complete = await this.dependencies.listings.recent();
    const children = this.childrenIn(complete.shards);
    const isOver = complete.streamStatus === 'DISABLED' || this.isGoneFrom(complete.shards);
    return children.length > 0 || isOver ? children : undefined;
  }

  /** Returns no children when the stream no longer knows the shard, or refuses the request. */
  private async childListing(): Promise<Partial<ShardListing> & Pick<ShardListing, 'shards'>> {
    try {
      return await this.dependencies.listings.childrenOf(this.lease.row.shardId);
    } catch (error) {
      const isUnknown =
        StreamConsumerError.is(error, 'STREAM_NOT_FOUND') || StreamConsumerError.is(error, 'STREAM_REFUSED');
      if (isUnknown) return { shards: [] };
      throw error;
    }
  }

  private childrenIn(listed: readonly ShardDescription[]): ShardDescription[] {
    return listed.filter(({ parentShardId }) => parentShardId === this.lease.row.shardId);
  }

  private isGoneFrom(listed: readonly ShardDescription[]): boolean {
    const { row } = this.lease;
    const isListed = listed.some(({ shardId }) => shardId === row.shardId);
    return !isListed && isPastRetention(row, this.dependencies.clock.epochMs());
  }
}
