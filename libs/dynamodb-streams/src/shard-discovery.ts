import type { Dependencies } from './dependencies.ts';
import { StreamConsumerError } from './errors.ts';
import type { Lease } from './lease-store.ts';
import { expendableLeases, shardsWithoutLease } from './shard-lineage.ts';
import type { ShardListing } from './shard-listing.ts';

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
