import type { Lease } from './lease-store.ts';

/** How the readable shards are distributed over the consumers, as one consumer sees it. */
export interface LeaseSpread {
  /** Most leases that a consumer claims while others have fewer. */
  fairShare: number;
  /** Leases of each consumer; requested hand-overs count as done. It contains the consumer itself, even without leases. */
  loads: ReadonlyMap<string, number>;
}

/**
 * Counts the leases of each consumer that owns or has requested one. Leases of dead consumers are not counted.
 *
 * @param readable leases of shards that may be read
 * @param isClaimable whether a lease is free or its owner is considered dead
 */
export function spreadOf(readable: readonly Lease[], me: string, isClaimable: (lease: Lease) => boolean): LeaseSpread {
  const loads = new Map([[me, 0]]);
  for (const lease of readable) {
    const holder = isClaimable(lease) ? undefined : (lease.handOverTo ?? lease.owner);
    if (holder !== undefined) loads.set(holder, (loads.get(holder) ?? 0) + 1);
  }
  return { fairShare: Math.ceil(readable.length / loads.size), loads };
}

/**
 * Returns the leases to request: those of the consumer that has most, if it has at least two more than this one. So each
 * hand-over evens the distribution, and hand-overs stop once no two consumers differ by two: shards do not wander.
 */
export function leasesToRequest(
  readable: readonly Lease[],
  me: string,
  { loads }: LeaseSpread,
  isClaimable: (lease: Lease) => boolean,
): Lease[] {
  const own = loads.get(me) ?? 0;
  const most = Math.max(...loads.values());
  if (most < own + 2) return [];
  return readable.filter(
    (lease) =>
      lease.owner !== undefined &&
      lease.owner !== me &&
      lease.handOverTo === undefined &&
      loads.get(lease.owner) === most &&
      !isClaimable(lease),
  );
}
