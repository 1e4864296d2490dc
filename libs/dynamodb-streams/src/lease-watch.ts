import type { Lease } from './lease-store.ts';

interface Observation {
  epoch: number;
  heartbeat: number;
  owner: string | undefined;
  sinceMs: number;
}

/**
 * Decides which leases may be claimed. A lease has expired when its heartbeat has stood still for longer than the lease
 * lasts, measured by the monotonic clock of this process since it first saw that heartbeat. Clocks of two machines are
 * never compared.
 */
export class LeaseWatch {
  private observations = new Map<string, Observation>();
  private readonly leaseDurationMs: number;

  constructor(leaseDurationMs: number) {
    this.leaseDurationMs = leaseDurationMs;
  }

  /** @param nowMs a time not before the rows were read */
  observe(leases: readonly Lease[], nowMs: number): void {
    const observations = new Map<string, Observation>();
    for (const { shardId, epoch, heartbeat, owner } of leases) {
      const last = this.observations.get(shardId);
      const same = last && last.epoch === epoch && last.heartbeat === heartbeat && last.owner === owner;
      observations.set(shardId, same ? last : { epoch, heartbeat, owner, sinceMs: nowMs });
    }
    this.observations = observations;
  }

  /**
   * Whether a consumer may claim the lease: it has no owner, or one that is considered dead. A released lease is kept for
   * the consumer that requested it, for a lease's duration.
   */
  isClaimable(lease: Lease, consumerId: string, nowMs: number): boolean {
    const kept = lease.handOverTo !== undefined && lease.handOverTo !== consumerId;
    return (lease.owner === undefined && !kept) || this.hasExpired(lease, nowMs);
  }

  /** Whether the row has not changed for longer than the lease lasts. */
  hasExpired(lease: Lease, nowMs: number): boolean {
    return this.unchangedMs(lease, nowMs) > this.leaseDurationMs;
  }

  /** How long ago the row was first seen in its present state, in milliseconds. */
  unchangedMs(lease: Lease, nowMs: number): number {
    return nowMs - (this.observations.get(lease.shardId)?.sinceMs ?? nowMs);
  }
}
