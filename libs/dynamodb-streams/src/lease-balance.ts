import type { Lease } from './lease-store.ts';

/** How the readable shards are spread over the consumers, as one of them sees it. */
export interface LeaseSpread {
  /** Most leases a consumer takes of its own accord while others have fewer. */
  fairShare: number;
  /** Leases of each consumer, hand-overs asked for counted as done. Holds the one who looks, even with none. */
  loads: ReadonlyMap<string, number>;
}

/**
 * Counts who has what. A consumer is known by what it owns or has asked for; the leases of the dead count for nobody.
 *
 * @param readable leases of shards that may be read
 * @param isClaimable whether a lease is free or its owner must be taken for dead
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
 * Leases to ask for: of the consumer that has most, if it has at least two more than the one who asks. So each hand-over
 * evens the spread out, and once nobody differs by two from another there are no more: shards do not wander.
 */
export function leasesToAskFor(
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
