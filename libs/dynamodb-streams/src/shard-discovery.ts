import type { ChangeStream, ShardDescription, ShardPage } from './change-stream.ts';
import type { Clock } from './clock.ts';
import type { Dependencies } from './dependencies.ts';
import { StreamConsumerError } from './errors.ts';
import type { Lease } from './lease-store.ts';
import { expendableLeases, shardsWithoutLease } from './shard-lineage.ts';

/** A complete listing: all its pages. */
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
 * A consumer's listings of the whole stream, shared by its shards. Otherwise a hundred shards that are not found would list
 * all shards, page by page, a hundred times every few seconds; DynamoDB allows about ten calls a second.
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

  /** Starts a new listing. */
  fresh(): Promise<ShardListing> {
    const listing = listShards(this.stream);
    const last = { listing, endedMs: Infinity };
    const end = () => void (last.endedMs = this.clock.now());
    listing.then(end, end);
    this.last = last;
    return listing;
  }

  /** Returns the listing that is running or has just ended, or else a new one. */
  recent(): Promise<ShardListing> {
    const isRecent = this.last && this.clock.now() - this.last.endedMs < this.leastIntervalMs;
    return isRecent && this.last ? this.last.listing : this.fresh();
  }

  /** Lists the children of one shard, in one or two calls. */
  childrenOf(shardId: string): Promise<ShardListing> {
    return listShards(this.stream, shardId);
  }
}

/**
 * Keeps the lease rows in step with the stream's shards. It has rounds of its own, so that a stream that cannot be listed
 * for a while delays neither scans of the leases nor takeovers.
 */
export class ShardDiscovery {
  /** The last successful listing. */
  listing: ShardListing | undefined;
  /** When the rows were last brought in step, by the clock; absent before the first time. */
  listedMs: number | undefined;
  /** Status of the stream in the last listing. */
  streamStatus: ShardListing['streamStatus'] | undefined;
  private readonly dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.dependencies = dependencies;
  }

  /**
   * Creates rows for new shards and deletes those of shards long gone. Returns whether there were any. The rows are read
   * before the listing, so that a row that another consumer deletes meanwhile is not created again.
   *
   * @throws StreamConsumerError `STREAM_DISABLED` before the first successful listing; whatever the ports throw
   */
  async discover(): Promise<boolean> {
    const { leases, clock, listeners } = this.dependencies;
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
    listeners.log('info', 'shards_discovered', { streamStatus, listed: shards.length, added: missing.length });
    return true;
  }

  /**
   * A stream that is disabled when this consumer starts means an old ARN: the table's changes go into another stream, or
   * into none. A stream that is disabled later is read to its end.
   */
  private noteStreamStatus(streamStatus: ShardListing['streamStatus']): void {
    const { options, listeners } = this.dependencies;
    const hasChanged = streamStatus !== this.streamStatus;
    this.streamStatus = streamStatus;
    const disabled = streamStatus === 'DISABLED' || streamStatus === 'DISABLING';
    if (disabled && !this.listing && !options.readDisabledStream) {
      throw new StreamConsumerError(
        'STREAM_DISABLED',
        `the stream must be ENABLED, it is ${streamStatus}: give the ARN of the table's present stream (its LatestStreamArn), or set readDisabledStream to read what this one still has`,
      );
    }
    if (disabled && hasChanged) listeners.log('error', 'stream_disabled', { streamStatus });
  }

  private async delete(lease: Lease): Promise<void> {
    if (!(await this.dependencies.leases.delete(lease))) return;
    this.dependencies.listeners.log('info', 'lease_deleted', { shardId: lease.shardId });
  }
}
