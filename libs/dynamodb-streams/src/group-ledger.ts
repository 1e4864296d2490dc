import type { LeaseHold } from './lease-store.ts';

/** How a consumer group started. The first consumer decides it permanently. */
export interface GroupStart {
  /** Time of the start, wall-clock milliseconds since 1970. */
  startedAtMs: number;
  /**
   * Records created before this time, wall-clock milliseconds since 1970, are skipped. If absent, the group read every
   * record that the stream still had. Records carry whole seconds, so those of the same second are published.
   */
  skipBeforeMs?: number;
}

/** Records that the stream deleted after 24 h, before any consumer of the group had published them. */
export interface Gap {
  shardId: string;
  /** The last record before the lost ones; absent when the shard had not been read before. */
  after?: string;
  /** False when records may be lost: the shard is older than the retention and was never read. */
  certain: boolean;
  /** When it was noticed, wall-clock milliseconds since 1970. */
  noticedAtMs: number;
}

/** An item with a record that the sink refuses permanently. Its later records follow into the dead letters until it is released. */
export interface QuarantinedItem {
  itemKey: string;
  /** Sequence number of the last record that went, or is about to go, to the dead letters. */
  lastQuarantined: string;
}

/** The outcome of an attempt to move a record behind earlier ones of its quarantined item. */
export type FollowOutcome = 'QUARANTINED' | 'NOT_QUARANTINED' | 'LEASE_LOST';

/**
 * Port: the state of a consumer group besides its leases. Each write that takes a hold is atomic with the check that the
 * lease is held. An error means that the outcome is unknown; every write may be repeated.
 * `DynamoDbGroupLedger` is the adapter.
 */
export interface GroupLedger {
  /** Records the group's start, unless it has started already. Returns the recorded start. */
  begin(start: GroupStart): Promise<GroupStart>;
  /** Returns whether the lease was held. A known gap after the same position of the shard stays unchanged. */
  recordGap(hold: LeaseHold, gap: Gap): Promise<boolean>;
  gaps(): Promise<Gap[]>;
  /** Returns all quarantined items, read consistently. */
  quarantinedItems(): Promise<QuarantinedItem[]>;
  /** Quarantines the item, or moves its `lastQuarantined` forward. Returns whether the lease was held. */
  quarantine(hold: LeaseHold, item: QuarantinedItem): Promise<boolean>;
  /** Moves `lastQuarantined` forward, only if the item is still quarantined. */
  follow(hold: LeaseHold, item: QuarantinedItem): Promise<FollowOutcome>;
  /**
   * Releases the item, after its quarantined records up to `lastQuarantined` are published. Returns false when later
   * records have followed: publish those first.
   */
  release(item: QuarantinedItem): Promise<boolean>;
}
