import type { ChangeStream, ShardDescription, ShardPage } from './change-stream.ts';
import type { Clock } from './clock.ts';

/** All pages of a listing. */
export interface ShardListing {
  streamStatus: ShardPage['streamStatus'];
  shards: readonly ShardDescription[];
}

/** Lists every shard of the stream, or every child of one shard, page by page. */
async function listShards(stream: ChangeStream, childrenOf?: string): Promise<ShardListing> {
  const shards = new Map<string, ShardDescription>();
  let after: string | undefined;
  for (;;) {
    const page = await stream.listShards({
      ...(after === undefined ? {} : { after }),
      ...(childrenOf === undefined ? {} : { childrenOf }),
    });
    for (const shard of page.shards) shards.set(shard.shardId, shard);
    if (page.lastShardId === undefined) return { streamStatus: page.streamStatus, shards: [...shards.values()] };
    after = page.lastShardId;
  }
}

/**
 * A consumer's listings of the whole stream. Its shards share them: a hundred that are not found at a time would else list
 * all shards, page by page, a hundred times each few seconds, where DynamoDB allows about ten calls a second.
 */
export class ShardListings {
  private last: { listing: Promise<ShardListing>; endedMs: number } | undefined;
  private readonly stream: ChangeStream;
  private readonly clock: Clock;
  private readonly leastIntervalMs: number;

  /** @param leastIntervalMs how long a listing, or the failure of one, is shared */
  constructor(stream: ChangeStream, clock: Clock, leastIntervalMs: number) {
    this.stream = stream;
    this.clock = clock;
    this.leastIntervalMs = leastIntervalMs;
  }

  /** One that begins now. */
  fresh(): Promise<ShardListing> {
    const listing = listShards(this.stream);
    const last = { listing, endedMs: Infinity };
    const end = () => void (last.endedMs = this.clock.now());
    listing.then(end, end);
    this.last = last;
    return listing;
  }

  /** The one that is under way or has just ended, if there is one. */
  recent(): Promise<ShardListing> {
    const isRecent = this.last && this.clock.now() - this.last.endedMs < this.leastIntervalMs;
    return isRecent && this.last ? this.last.listing : this.fresh();
  }

  /** The children of one shard; costs a call or two of its own. */
  childrenOf(shardId: string): Promise<ShardListing> {
    return listShards(this.stream, shardId);
  }
}
