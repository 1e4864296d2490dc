import type { Dependencies } from './dependencies.ts';
import { HeldLease } from './held-lease.ts';
import type { GroupStart } from './group-ledger.ts';
import { leasesToAskFor, spreadOf } from './lease-balance.ts';
import type { Lease } from './lease-store.ts';
import { LeaseWatch } from './lease-watch.ts';
import type { ShardDiscovery } from './shard-discovery.ts';
import { readableLeases } from './shard-lineage.ts';
import { errorFields } from './telemetry.ts';

/** What the coordinator calls back in the consumer that runs the shards. */
export interface CoordinatorCallbacks {
  /** Whether the shard should be claimed if it is free; asked before each claim. */
  wanted: (shardId: string) => boolean;
  /** Whether more shards may be asked for. */
  mayAsk: () => boolean;
  /** Given each lease won. */
  onClaim: (lease: HeldLease, group: GroupStart) => void;
}

/** Watches the leases, claims what is free and may be read, and asks for a fair share of the rest. */
export class LeaseCoordinator {
  /** The rows as last seen. */
  leases: readonly Lease[] = [];
  /** The readable ones among them. */
  readable: readonly Lease[] = [];
  /** When the rows were last read, by the clock; absent before the first time. */
  lookedMs: number | undefined;
  private group: GroupStart | undefined;
  private readonly watch: LeaseWatch;
  private readonly dependencies: Dependencies;
  private readonly discovery: Pick<ShardDiscovery, 'listing'>;

  constructor(dependencies: Dependencies, discovery: Pick<ShardDiscovery, 'listing'>) {
    this.dependencies = dependencies;
    this.discovery = discovery;
    this.watch = new LeaseWatch(dependencies.options.leaseDurationMs);
  }

  /** One look at the leases, and what follows from it. Rejects when the leases could not be read, or a claim not settled. */
  async scan(callbacks: CoordinatorCallbacks): Promise<void> {
    await this.look();
    this.readable = readableLeases(this.leases, this.discovery.listing, this.dependencies.clock.epochMs());
    const group = await this.begin();
    const claimed = await this.claimFree(callbacks, group);
    if (claimed === 0 && callbacks.mayAsk()) await this.askForShare();
  }

  /** How long a lease that was free to claim at the last look has been so; undefined for any other. */
  unownedForMs(lease: Lease): number | undefined {
    if (this.lookedMs === undefined || !this.isClaimable(lease, this.lookedMs)) return undefined;
    return this.watch.unchangedMs(lease, this.dependencies.clock.now());
  }

  private isClaimable(lease: Lease, nowMs: number): boolean {
    return this.watch.isClaimable(lease, this.dependencies.options.consumerId, nowMs);
  }

  /** How the group began; the first of its consumers decides it. */
  private async begin(): Promise<GroupStart> {
    const { ledger, clock, options } = this.dependencies;
    const beganAtMs = clock.epochMs();
    const start = options.startAt === 'LATEST' ? { beganAtMs, skipBeforeMs: beganAtMs } : { beganAtMs };
    this.group ??= await ledger.begin(start);
    return this.group;
  }

  private async look(): Promise<void> {
    this.leases = await this.dependencies.leases.list();
    this.lookedMs = this.dependencies.clock.now();
    this.watch.observe(this.leases, this.lookedMs);
  }

  /** Claims up to a fair share; past it only what nobody has taken for as long as a lease lasts. Answers how many. */
  private async claimFree({ wanted, onClaim }: CoordinatorCallbacks, group: GroupStart): Promise<number> {
    const { clock, options, telemetry } = this.dependencies;
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
    const { leases, clock, options, telemetry } = this.dependencies;
    const isFree = (lease: Lease) => this.isClaimable(lease, clock.now());
    const spread = spreadOf(this.readable, options.consumerId, isFree);
    const [lease] = this.shuffled(leasesToAskFor(this.readable, options.consumerId, spread, isFree));
    if (!lease || !(await leases.requestHandOver(lease, options.consumerId))) return;
    telemetry.log('info', 'hand_over_requested', { shardId: lease.shardId, owner: lease.owner });
    telemetry.metrics.count('hand_overs_requested', 1, { shardId: lease.shardId });
  }

  private async claim(seen: Lease): Promise<HeldLease | undefined> {
    const { clock, random, options, telemetry } = this.dependencies;
    const token = `${options.consumerId}/${random().toString(36).slice(2)}`;
    const sentMs = clock.now();
    const row = await this.claimOrSettle(seen, token);
    if (!row) {
      telemetry.log('debug', 'lease_claim_missed', { shardId: seen.shardId });
      return undefined;
    }
    const { shardId, epoch, checkpoint } = row;
    telemetry.log('info', 'lease_claimed', { shardId, epoch, checkpoint, previousOwner: seen.owner });
    telemetry.metrics.count('leases_claimed', 1, { shardId });
    return new HeldLease(row, sentMs, this.dependencies);
  }

  /** The claimed row. When the answer was lost, the row itself tells by its token whether the claim was made. */
  private async claimOrSettle(seen: Lease, token: string): Promise<Lease | undefined> {
    const { leases, options, telemetry } = this.dependencies;
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
      .map((item) => ({ item, place: this.dependencies.random() }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }
}
