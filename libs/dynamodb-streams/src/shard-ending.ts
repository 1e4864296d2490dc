import type { ShardDescription } from './change-stream.ts';
import type { Dependencies } from './dependencies.ts';
import { StreamConsumerError } from './errors.ts';
import type { HeldLease } from './held-lease.ts';
import { isPastRetention } from './shard-lineage.ts';
import type { ShardListing } from './shard-discovery.ts';

/** How a shard comes to its end: it was closed and has children, or it was trimmed as a whole. */
export class ShardEnding {
  private readonly lease: HeldLease;
  private readonly dependencies: Dependencies;
  /** Of a shard that has vanished; those of others are asked for when they are needed. */
  private knownChildren: readonly ShardDescription[] | undefined;
  /** Whether the question for the children was answered with none: they are looked for in the shared listings then. */
  private askedInVain = false;

  constructor(lease: HeldLease, dependencies: Dependencies) {
    this.lease = lease;
    this.dependencies = dependencies;
  }

  /**
   * Whether a shard that the stream does not know any more was trimmed as a whole: only if a complete listing does not
   * have it either, and it is older than any record can be. Anything else is not an end.
   */
  async hasVanished(): Promise<boolean> {
    const { shards } = await this.dependencies.listings.recent();
    if (!this.isGoneFrom(shards)) return false;
    this.knownChildren = this.childrenIn(shards);
    return true;
  }

  /** Ends the lease, if the children are known; they may be listed late. Whether it has ended. */
  async end(): Promise<boolean> {
    const children = await this.children();
    if (!children || !(await this.lease.end(children))) return false;
    const { shardId } = this.lease.row;
    const childShardIds = children.map((child) => child.shardId);
    this.dependencies.telemetry.log('info', 'shard_ended', { shardId, childShardIds });
    this.dependencies.telemetry.metrics.count('shards_ended', 1, { shardId });
    return true;
  }

  /** `undefined` while they are not listed: a closed shard has children, unless its stream was disabled. */
  private async children(): Promise<readonly ShardDescription[] | undefined> {
    if (this.knownChildren) return this.knownChildren;
    if (!this.askedInVain) {
      const { shards, streamStatus } = await this.childListing();
      if (shards.length > 0 || streamStatus === 'DISABLED') return shards;
      this.askedInVain = true;
    }
    // One that waited behind a failing record may be gone from the stream meanwhile, and its children with no answer to
    // the question for them. Every record of it is accounted for, so that is no loss.
    const complete = await this.dependencies.listings.recent();
    const children = this.childrenIn(complete.shards);
    const isOver = complete.streamStatus === 'DISABLED' || this.isGoneFrom(complete.shards);
    return children.length > 0 || isOver ? children : undefined;
  }

  /** Without children when the stream does not know the shard any more, or takes the question for no valid one. */
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
