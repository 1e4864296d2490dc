import type { LeaseHold } from './lease-store.ts';

/** How a consumer group began; the first consumer's choice holds for good. */
export interface GroupStart {
  /** When it was, wall-clock milliseconds since 1970. */
  beganAtMs: number;
  /**
   * Records made before this, wall-clock milliseconds since 1970, are passed over. Absent: every record that the stream
   * still had was read. A record's own time is to the second, so those of the same second are published.
   */
  skipBeforeMs?: number;
}

/** Records that were deleted, being older than 24 h, before anybody of the group had published them. */
export interface Gap {
  shardId: string;
  /** The records lost came after this one; absent when the shard had not been read before. */
  after?: string;
  /** False: the shard is older than the retention and was never read, so records of it may have been lost. */
  certain: boolean;
  /** When it was noticed, wall-clock milliseconds since 1970. */
  noticedAtMs: number;
}

/** An item with a record that the sink refuses for good. Its later records follow it into the dead letters. */
export interface QuarantinedItem {
  itemKey: string;
  /** Sequence number of the last record that went, or is about to go, to the dead letters. */
  lastQuarantined: string;
}

/** What became of the wish to quarantine a record behind others of its item. */
export type FollowOutcome = 'QUARANTINED' | 'NOT_QUARANTINED' | 'LEASE_LOST';

/**
 * Port: what a consumer group must not forget besides its leases. Writes with a hold are atomic with the check that the
 * lease is held. An error means that the outcome is unknown; every write may be repeated.
 * `DynamoDbGroupLedger` is the adapter.
 */
export interface GroupLedger {
  /** Records how the group begins, unless it has begun; answers how it did. */
  begin(start: GroupStart): Promise<GroupStart>;
  /** Whether the lease was held. A gap of that shard after that position that is known already stays as it is. */
  noteGap(hold: LeaseHold, gap: Gap): Promise<boolean>;
  gaps(): Promise<Gap[]>;
  /** All items quarantined now, read consistently. */
  quarantinedItems(): Promise<QuarantinedItem[]>;
  /** Quarantines the item, or moves `lastQuarantined` forward when it is quarantined already. Whether the lease was held. */
  quarantine(hold: LeaseHold, item: QuarantinedItem): Promise<boolean>;
  /** Moves `lastQuarantined` forward, only if the item is (still) quarantined. */
  follow(hold: LeaseHold, item: QuarantinedItem): Promise<FollowOutcome>;
  /**
   * For the one who has published the quarantined records: the item is quarantined no longer, if `lastQuarantined` is still that.
   * `false`: more have followed, publish those first.
   */
  release(item: QuarantinedItem): Promise<boolean>;
}
