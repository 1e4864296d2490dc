import type { ChangeStream } from './change-stream.ts';
import type { Clock } from './clock.ts';
import { StreamConsumerError } from './errors.ts';
import { HeldLease } from './held-lease.ts';
import type { GroupLedger, GroupStart } from './group-ledger.ts';
import { leasesToAskFor, spreadOf } from './lease-balance.ts';
import type { Lease, LeaseStore } from './lease-store.ts';
import { LeaseWatch } from './lease-watch.ts';
import type { StreamConsumerOptions } from './options.ts';
import { expendableLeases, readableLeases, shardsWithoutLease } from './shard-lineage.ts';
import { listShards, type ShardListing } from './shard-listing.ts';
import { errorFields, type Telemetry } from './telemetry.ts';

/** What the coordinator works with. */
export interface CoordinatorSurroundings {
  stream: ChangeStream;
  leases: LeaseStore;
  ledger: GroupLedger;
  clock: Clock;
  random: () => number;
  options: StreamConsumerOptions;
  telemetry: Telemetry;
}

/** What the coordinator asks of the one who runs the shards. */
export interface CoordinatorDuties {
  /** Whether the shard should be claimed if it is free; asked before each claim. */
  wanted: (shardId: string) => boolean;
  /** Whether more shards may be asked for. */
  mayAsk: () => boolean;
  /** Given each lease won. */
  onClaim: (lease: HeldLease, group: GroupStart) => void;
}

/**
 * Keeps the lease rows in step with the stream's shards, claims what is free and may be read, and asks for a fair share
 * of the rest.
 */
export class LeaseCoordinator {
  /** The rows as last seen. */
  leases: readonly Lease[] = [];
  /** The readable ones among them. */
  readable: readonly Lease[] = [];
  /** What the last listing said of the stream. */
  streamStatus: ShardListing['streamStatus'] | undefined;
  private group: GroupStart | undefined;
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
   * @throws when the leases could not be read; when only the shards could not be listed, after the claims
   */
  async scan(duties: CoordinatorDuties): Promise<void> {
    await this.look();
    let discoveryError: unknown;
    try {
      if (await this.discover()) await this.look();
    } catch (error) {
      if (StreamConsumerError.is(error, 'STREAM_NOT_FOUND')) throw error;
      if (StreamConsumerError.is(error, 'STREAM_DISABLED')) throw error;
      discoveryError = error;
    }
    this.readable = readableLeases(this.leases, this.listing, this.around.clock.epochMs());
    const group = await this.begin();
    const claimed = await this.claimFree(duties, group);
    if (claimed === 0 && duties.mayAsk()) await this.askForShare();
    if (discoveryError !== undefined) throw discoveryError;
  }

  /** How long a lease that was free to claim at the last look has been so; undefined for any other. */
  unownedForMs(lease: Lease): number | undefined {
    if (!this.isClaimable(lease, this.lookedMs)) return undefined;
    return this.watch.unchangedMs(lease, this.around.clock.now());
  }

  private isClaimable(lease: Lease, nowMs: number): boolean {
    return this.watch.isClaimable(lease, this.around.options.consumerId, nowMs);
  }

  /** How the group began; the first of its consumers decides it. */
  private async begin(): Promise<GroupStart> {
    const { ledger, clock, options } = this.around;
    const beganAtMs = clock.epochMs();
    const start = options.startAt === 'LATEST' ? { beganAtMs, skipBeforeMs: beganAtMs } : { beganAtMs };
    this.group ??= await ledger.begin(start);
    return this.group;
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
    const listing = await listShards(stream);
    this.noteStreamStatus(listing.streamStatus);
    this.listing = listing;
    const expendable = expendableLeases(this.leases, listing, clock.epochMs());
    for (const lease of expendable) await this.delete(lease);
    const missing = shardsWithoutLease(this.listing, this.leases);
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
    const { options, telemetry } = this.around;
    if (streamStatus === this.streamStatus) return;
    const disabled = streamStatus === 'DISABLED' || streamStatus === 'DISABLING';
    if (disabled && !this.listing && !options.readDisabledStream) {
      throw new StreamConsumerError(
        'STREAM_DISABLED',
        `the stream must be ENABLED, it is ${streamStatus}: give the ARN of the table's present stream (its LatestStreamArn), or set readDisabledStream to read what this one still has`,
      );
    }
    if (disabled) telemetry.log('error', 'stream_disabled', { streamStatus });
    this.streamStatus = streamStatus;
  }

  private async delete(lease: Lease): Promise<void> {
    if (!(await this.around.leases.delete(lease))) return;
    this.around.telemetry.log('info', 'lease_deleted', { shardId: lease.shardId });
  }

  /** Claims up to a fair share; past it only what nobody has taken for as long as a lease lasts. Answers how many. */
  private async claimFree({ wanted, onClaim }: CoordinatorDuties, group: GroupStart): Promise<number> {
    const { clock, options, telemetry } = this.around;
    const isFree = (lease: Lease) => this.isClaimable(lease, clock.now());
    const free = this.readable.filter((lease) => wanted(lease.shardId) && isFree(lease));
    const longestMs = Math.max(0, ...free.map((lease) => this.watch.unchangedMs(lease, clock.now())));
    telemetry.metrics.gauge('oldest_unowned_shard_ms', longestMs, {});
    const { fairShare, loads } = spreadOf(this.readable, options.consumerId, isFree);
    const room = fairShare - (loads.get(options.consumerId) ?? 0);
    let claimed = 0;
    for (const lease of this.shuffled(free)) {
      if (!wanted(lease.shardId)) continue;
      const isMine = lease.handOverTo === options.consumerId;
      if (claimed >= room && !isMine && !this.watch.hasExpired(lease, clock.now())) continue;
      const held = await this.claim(lease);
      if (!held) continue;
      claimed += 1;
      onClaim(held, group);
    }
    return claimed;
  }

  /** Asks one owner of many for one shard; a look later for the next. */
  private async askForShare(): Promise<void> {
    const { leases, clock, options, telemetry } = this.around;
    const isFree = (lease: Lease) => this.isClaimable(lease, clock.now());
    const spread = spreadOf(this.readable, options.consumerId, isFree);
    const [lease] = this.shuffled(leasesToAskFor(this.readable, options.consumerId, spread, isFree));
    if (!lease || !(await leases.askHandOver(lease, options.consumerId))) return;
    telemetry.log('info', 'hand_over_asked', { shardId: lease.shardId, owner: lease.owner });
    telemetry.metrics.count('hand_overs_asked', 1, { shardId: lease.shardId });
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
