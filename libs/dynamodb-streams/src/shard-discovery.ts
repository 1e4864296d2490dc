import type { ChangeStream, ShardDescription, ShardPage } from './change-stream.ts';
import type { Clock } from './clock.ts';
import type { Dependencies } from './dependencies.ts';
import { StreamConsumerError } from './errors.ts';
import type { Lease } from './lease-store.ts';
import { expendableLeases, shardsWithoutLease } from './shard-lineage.ts';

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

/**
 * Keeps the lease rows in step with the stream's shards. At its own pace: a stream that cannot be listed for a while
 * makes no look at the leases later and no take-over slower.
 */
export class ShardDiscovery {
  /** The last good listing. */
  listing: ShardListing | undefined;
  /** When the rows were last brought in step, by the clock; absent before the first time. */
  listedMs: number | undefined;
  /** What the last listing said of the stream. */
  streamStatus: ShardListing['streamStatus'] | undefined;
  private readonly dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.dependencies = dependencies;
  }

  /**
   * Makes rows for new shards and deletes those of shards long gone. Whether there were any. The rows are read first: one
   * that another deletes meanwhile, whose listing knew better, is not made again.
   *
   * @throws StreamConsumerError `STREAM_DISABLED` before the first good listing; whatever the ports throw
   */
  async discover(): Promise<boolean> {
    const { leases, clock, telemetry } = this.dependencies;
    const rows = await leases.list();
    const listing = await this.dependencies.listings.fresh();
    this.noteStreamStatus(listing.streamStatus);
    this.listing = listing;
    const expendable = expendableLeases(rows, listing, clock.epochMs());
    for (const lease of expendable) await this.delete(lease);
    const missing = shardsWithoutLease(listing, rows);
    for (const shard of missing) await leases.create(shard);
    this.listedMs = clock.now();
    if (missing.length === 0) return expendable.length > 0;
    const { streamStatus, shards } = listing;
    telemetry.log('info', 'shards_discovered', { streamStatus, listed: shards.length, added: missing.length });
    return true;
  }

  /**
   * A stream disabled before this consumer started is the sign of an old ARN: the table's changes go into another stream,
   * or nowhere. One disabled later is read to its end.
   */
  private noteStreamStatus(streamStatus: ShardListing['streamStatus']): void {
    const { options, telemetry } = this.dependencies;
    const isNews = streamStatus !== this.streamStatus;
    this.streamStatus = streamStatus;
    const disabled = streamStatus === 'DISABLED' || streamStatus === 'DISABLING';
    if (disabled && !this.listing && !options.readDisabledStream) {
      throw new StreamConsumerError(
        'STREAM_DISABLED',
        `the stream must be ENABLED, it is ${streamStatus}: give the ARN of the table's present stream (its LatestStreamArn), or set readDisabledStream to read what this one still has`,
      );
    }
    if (disabled && isNews) telemetry.log('error', 'stream_disabled', { streamStatus });
  }

  private async delete(lease: Lease): Promise<void> {
    if (!(await this.dependencies.leases.delete(lease))) return;
    this.dependencies.telemetry.log('info', 'lease_deleted', { shardId: lease.shardId });
  }
}
