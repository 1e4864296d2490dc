import type { Lease } from './lease-store.ts';

interface Sighting {
  epoch: number;
  heartbeat: number;
  owner: string | undefined;
  sinceMs: number;
}

/**
 * Tells which leases are free to claim, from nothing but watching. A lease has expired when its heartbeat has stood
 * still for longer than the lease lasts, on this process's own monotonic clock since it first saw that heartbeat; no
 * two machines' clocks are ever compared.
 */
export class LeaseWatch {
  private sightings = new Map<string, Sighting>();
  private readonly leaseDurationMs: number;

  constructor(leaseDurationMs: number) {
    this.leaseDurationMs = leaseDurationMs;
  }

  /** @param nowMs a time not before the rows were read */
  observe(leases: readonly Lease[], nowMs: number): void {
    const sightings = new Map<string, Sighting>();
    for (const { shardId, epoch, heartbeat, owner } of leases) {
      const last = this.sightings.get(shardId);
      const same = last && last.epoch === epoch && last.heartbeat === heartbeat && last.owner === owner;
      sightings.set(shardId, same ? last : { epoch, heartbeat, owner, sinceMs: nowMs });
    }
    this.sightings = sightings;
  }

  /**
   * Whether a consumer may claim the lease: it has no owner, or one that must be taken for dead. What was handed over is
   * kept for the one who asked, for as long as a lease lasts.
   */
  isClaimable(lease: Lease, consumerId: string, nowMs: number): boolean {
    const kept = lease.handOverTo !== undefined && lease.handOverTo !== consumerId;
    return (lease.owner === undefined && !kept) || this.hasExpired(lease, nowMs);
  }

  /** Whether nothing has been seen of the lease for longer than it lasts. */
  hasExpired(lease: Lease, nowMs: number): boolean {
    return this.unchangedMs(lease, nowMs) > this.leaseDurationMs;
  }

  /** How long the row has been seen as it is. */
  unchangedMs(lease: Lease, nowMs: number): number {
    return nowMs - (this.sightings.get(lease.shardId)?.sinceMs ?? nowMs);
  }
}
