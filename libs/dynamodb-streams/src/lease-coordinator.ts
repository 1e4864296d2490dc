import type { ChangeStream } from './change-stream.ts';
import type { Clock } from './clock.ts';
import { StreamConsumerError } from './errors.ts';
import { HeldLease } from './held-lease.ts';
import type { Lease, LeaseStore } from './lease-store.ts';
import { LeaseWatch } from './lease-watch.ts';
import type { StreamConsumerOptions } from './options.ts';
import { readableLeases, shardsWithoutLease } from './shard-lineage.ts';
import { listShards, type ShardListing } from './shard-listing.ts';
import { errorFields, type Telemetry } from './telemetry.ts';

/** What the coordinator works with. */
export interface CoordinatorSurroundings {
  stream: ChangeStream;
  leases: LeaseStore;
  clock: Clock;
  random: () => number;
  options: StreamConsumerOptions;
  telemetry: Telemetry;
}

/** Keeps the lease rows in step with the stream's shards, and claims what is free and may be read. */
export class LeaseCoordinator {
  /** The rows as last seen. */
  leases: readonly Lease[] = [];
  /** The readable ones among them. */
  readable: readonly Lease[] = [];
  private listing: ShardListing | undefined;
  private lookedMs = Number.NEGATIVE_INFINITY;
  private listedMs = Number.NEGATIVE_INFINITY;
  private readonly watch: LeaseWatch;
  private readonly around: CoordinatorSurroundings;

  constructor(around: CoordinatorSurroundings) {
    this.around = around;
    this.watch = new LeaseWatch(around.options.leaseDurationMs);
  }

  /**
   * One look at the leases, and when it is due at the stream's shards.
   *
   * @param wanted asked before each claim
   * @param onClaim given each lease won
   * @throws when the leases could not be read; when only the shards could not be listed, after the claims
   */
  async scan(wanted: (shardId: string) => boolean, onClaim: (lease: HeldLease) => void): Promise<void> {
    await this.look();
    let discoveryError: unknown;
    try {
      if (await this.discover()) await this.look();
    } catch (error) {
      if (StreamConsumerError.is(error, 'STREAM_NOT_FOUND')) throw error;
      discoveryError = error;
    }
    this.readable = readableLeases(this.leases, this.listing, this.around.clock.epochMs());
    await this.claimFree(wanted, onClaim);
    if (discoveryError !== undefined) throw discoveryError;
  }

  /** How long a lease that was free to claim at the last look has been so; undefined for any other. */
  unownedForMs(lease: Lease): number | undefined {
    if (!this.watch.isClaimable(lease, this.lookedMs)) return undefined;
    return this.watch.unchangedMs(lease, this.around.clock.now());
  }

  private async look(): Promise<void> {
    this.leases = await this.around.leases.list();
    this.lookedMs = this.around.clock.now();
    this.watch.observe(this.leases, this.lookedMs);
  }

  /** Whether rows were made. */
  private async discover(): Promise<boolean> {
    const { stream, leases, clock, options, telemetry } = this.around;
    if (clock.now() - this.listedMs < options.discoveryIntervalMs) return false;
    this.listing = await listShards(stream);
    const missing = shardsWithoutLease(this.listing, this.leases);
    for (const shard of missing) await leases.create(shard);
    this.listedMs = clock.now();
    if (missing.length === 0) return false;
    const { streamStatus, shards } = this.listing;
    telemetry.log('info', 'shards_discovered', { streamStatus, listed: shards.length, added: missing.length });
    return true;
  }

  private async claimFree(wanted: (shardId: string) => boolean, onClaim: (lease: HeldLease) => void): Promise<void> {
    const { clock, telemetry } = this.around;
    const free = this.readable.filter((lease) => wanted(lease.shardId) && this.watch.isClaimable(lease, clock.now()));
    const longestMs = Math.max(0, ...free.map((lease) => this.watch.unchangedMs(lease, clock.now())));
    telemetry.metrics.gauge('oldest_unowned_shard_ms', longestMs, {});
    for (const lease of this.shuffled(free)) {
      if (!wanted(lease.shardId)) continue;
      const held = await this.claim(lease);
      if (held) onClaim(held);
    }
  }

  private async claim(seen: Lease): Promise<HeldLease | undefined> {
    const { leases, clock, options, telemetry } = this.around;
    const token = `${options.consumerId}/${this.around.random().toString(36).slice(2)}`;
    const sentMs = clock.now();
    const row = await this.claimOrSettle(seen, token);
    if (!row) {
      telemetry.log('debug', 'lease_claim_missed', { shardId: seen.shardId });
      return undefined;
    }
    const { shardId, epoch, checkpoint } = row;
    telemetry.log('info', 'lease_claimed', { shardId, epoch, checkpoint, previousOwner: seen.owner });
    telemetry.metrics.count('leases_claimed', 1, { shardId });
    return new HeldLease(row, sentMs, leases, clock, options, telemetry);
  }

  /** The claimed row. When the answer was lost, the row itself tells by its token whether the claim was made. */
  private async claimOrSettle(seen: Lease, token: string): Promise<Lease | undefined> {
    const { leases, options, telemetry } = this.around;
    try {
      return await leases.claim(seen, options.consumerId, token);
    } catch (error) {
      telemetry.log('warn', 'coordination_failed', { shardId: seen.shardId, ...errorFields(error) });
      const row = await leases.read(seen.shardId);
      return row?.claimToken === token && row.state === 'OPEN' ? row : undefined;
    }
  }

  /** So that many consumers starting together do not all claim in the same order. */
  private shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, place: this.around.random() }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }
}
