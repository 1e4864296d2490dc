import type { Dependencies } from './dependencies.ts';
import { HeldLease } from './held-lease.ts';
import type { GroupStart } from './group-ledger.ts';
import { leasesToRequest, spreadOf } from './lease-balance.ts';
import type { Lease } from './lease-store.ts';
import { LeaseWatch } from './lease-watch.ts';
import type { ShardDiscovery } from './shard-discovery.ts';
import { readableLeases } from './shard-lineage.ts';
import { errorFields } from './listeners.ts';

/** Callbacks of the coordinator to the consumer that runs the shards. */
export interface CoordinatorCallbacks {
  /** Whether to claim the shard if it is free; called before each claim. */
  wanted: (shardId: string) => boolean;
  /** Whether to request more shards. */
  mayRequest: () => boolean;
  /** Called with each lease claimed. */
  onClaim: (lease: HeldLease, group: GroupStart) => void;
}

/** Watches the leases, claims free ones whose shards may be read, and requests a fair share of the others. */
export class LeaseCoordinator {
  /** The rows that were read last. */
  leases: readonly Lease[] = [];
  /** The rows whose shards may be read. */
  readable: readonly Lease[] = [];
  /** When the rows were last read, by the clock; absent before the first time. */
  lastReadMs: number | undefined;
  private group: GroupStart | undefined;
  private readonly watch: LeaseWatch;
  private readonly dependencies: Dependencies;
  private readonly discovery: Pick<ShardDiscovery, 'listing'>;

  constructor(dependencies: Dependencies, discovery: Pick<ShardDiscovery, 'listing'>) {
    this.dependencies = dependencies;
    this.discovery = discovery;
    this.watch = new LeaseWatch(dependencies.options.leaseDurationMs);
  }

  /** Reads the leases and acts on them. Rejects when the leases could not be read, or the outcome of a claim is unknown. */
  async scan(callbacks: CoordinatorCallbacks): Promise<void> {
    await this.readLeases();
    this.readable = readableLeases(this.leases, this.discovery.listing, this.dependencies.clock.epochMs());
    const group = await this.begin();
    const claimed = await this.claimFree(callbacks, group);
    if (claimed === 0 && callbacks.mayRequest()) await this.requestShare();
  }

  /** How long a lease that was claimable at the last read has been claimable, in whole milliseconds; undefined for others. */
  unownedForMs(lease: Lease): number | undefined {
    if (this.lastReadMs === undefined || !this.isClaimable(lease, this.lastReadMs)) return undefined;
    return Math.round(this.watch.unchangedMs(lease, this.dependencies.clock.now()));
  }

  private isClaimable(lease: Lease, nowMs: number): boolean {
    return this.watch.isClaimable(lease, this.dependencies.options.consumerId, nowMs);
  }

  /** Returns how the group started; its first consumer decides that. */
  private async begin(): Promise<GroupStart> {
    const { ledger, clock, options } = this.dependencies;
    const startedAtMs = clock.epochMs();
    const start = options.startAt === 'LATEST' ? { startedAtMs, skipBeforeMs: startedAtMs } : { startedAtMs };
    this.group ??= await ledger.begin(start);
    return this.group;
  }

  private async readLeases(): Promise<void> {
    this.leases = await this.dependencies.leases.list();
    this.lastReadMs = this.dependencies.clock.now();
    this.watch.observe(this.leases, this.lastReadMs);
  }

  /** Claims up to a fair share, and beyond it only leases that nobody has claimed for a lease's duration. Returns the count. */
  private async claimFree({ wanted, onClaim }: CoordinatorCallbacks, group: GroupStart): Promise<number> {
    const { clock, options } = this.dependencies;
    const isFree = (lease: Lease) => this.isClaimable(lease, clock.now());
    const free = this.readable.filter((lease) => wanted(lease.shardId) && isFree(lease));
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

  /** Requests one shard from one of the owners that have most; the next scan may request another. */
  private async requestShare(): Promise<void> {
    const { leases, clock, options, listeners } = this.dependencies;
    const isFree = (lease: Lease) => this.isClaimable(lease, clock.now());
    const spread = spreadOf(this.readable, options.consumerId, isFree);
    const [lease] = this.shuffled(leasesToRequest(this.readable, options.consumerId, spread, isFree));
    if (!lease || !(await leases.requestHandOver(lease, options.consumerId))) return;
    listeners.log('info', 'hand_over_requested', { shardId: lease.shardId, owner: lease.owner });
  }

  private async claim(seen: Lease): Promise<HeldLease | undefined> {
    const { clock, random, options, listeners } = this.dependencies;
    const token = `${options.consumerId}/${random().toString(36).slice(2)}`;
    const sentMs = clock.now();
    const row = await this.claimOrSettle(seen, token);
    if (!row) {
      listeners.log('debug', 'lease_claim_missed', { shardId: seen.shardId });
      return undefined;
    }
    const { shardId, epoch, checkpoint } = row;
    listeners.log('info', 'lease_claimed', { shardId, epoch, checkpoint, previousOwner: seen.owner });
    return new HeldLease(row, sentMs, this.dependencies);
  }

  /** Returns the claimed row. When the answer was lost, the token in the row shows whether the claim succeeded. */
  private async claimOrSettle(seen: Lease, token: string): Promise<Lease | undefined> {
    const { leases, options, listeners } = this.dependencies;
    try {
      return await leases.claim(seen, options.consumerId, token);
    } catch (error) {
      listeners.log('warn', 'coordination_failed', { shardId: seen.shardId, ...errorFields(error) });
      const row = await leases.read(seen.shardId);
      return row?.claimToken === token && row.state === 'OPEN' ? row : undefined;
    }
  }

  /** Shuffles, so that consumers that start together do not all claim in the same order. */
  private shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, place: this.dependencies.random() }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }
}
