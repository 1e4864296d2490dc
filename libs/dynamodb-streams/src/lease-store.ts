import type { ShardDescription } from './change-stream.ts';

/** A shard's row: which consumer reads the shard, and up to where it has published. */
export interface Lease {
  shardId: string;
  parentShardId?: string;
  /** ENDED: every record of the shard is accounted for and its children have rows. */
  state: 'OPEN' | 'ENDED';
  /** Consumer that holds the lease; absent when it is free. */
  owner?: string;
  /** Grows by one with each claim. Owner and epoch together fence every write of the row. */
  epoch: number;
  /** Grows with each claim and renewal. A heartbeat that stands still is the sign of a dead owner. */
  heartbeat: number;
  /** Token of the last claim. It shows whether a claim whose answer was lost succeeded. */
  claimToken?: string;
  /** Everything up to this sequence number is published; absent before the first checkpoint. */
  checkpoint?: string;
  /** When the shard was created, wall-clock milliseconds since 1970; absent when unknown. */
  createdAtMs?: number;
  /** Consumer that has requested the shard from its owner; kept through the release, removed by the next claim. */
  handOverTo?: string;
  /** Set when the shard has ended. */
  childShardIds?: readonly string[];
}

/** The proof that each write carries: the writer is still the owner, in the same epoch. */
export interface LeaseHold {
  shardId: string;
  owner: string;
  epoch: number;
}

/**
 * Port: the lease rows of one stream and one consumer group. Every write is a single atomic conditional write.
 * A condition that fails is an answer (`false`, `undefined`), not an error; an error means the outcome is unknown.
 * `DynamoDbLeaseStore` is the adapter.
 *
 * | operation | condition | change |
 * |---|---|---|
 * | create | row does not exist | state OPEN, epoch 0, heartbeat 0, no owner |
 * | claim | epoch and heartbeat are those last seen, state OPEN | owner, epoch + 1, heartbeat + 1, claim token; no hand-over |
 * | renew | owner and epoch are the holder's, state OPEN | heartbeat + 1 |
 * | checkpoint | same, and checkpoint lower or absent | checkpoint |
 * | end | same as renew | state ENDED, children; no owner; a row for each child that has none |
 * | release | same as renew | no owner |
 * | requestHandOver | owner, epoch and hand-over are those last seen, state OPEN | hand-over |
 * | delete | state ENDED | no row |
 */
export interface LeaseStore {
  /** Returns all rows, read consistently, every page. @throws StreamConsumerError `LEASE_TABLE_NOT_FOUND`, `LEASE_TABLE_REFUSED` */
  list(): Promise<Lease[]>;
  /** Returns one row, read consistently. */
  read(shardId: string): Promise<Lease | undefined>;
  /** Returns whether the row was created; `false` when it existed already. */
  create(shard: ShardDescription): Promise<boolean>;
  /** Returns the claimed row, also when an earlier attempt of this claim succeeded; `undefined` when the row has changed. */
  claim(seen: Lease, owner: string, claimToken: string): Promise<Lease | undefined>;
  /** Returns the renewed row, which may carry a hand-over request; `undefined` when the lease is no longer held. */
  renew(hold: LeaseHold): Promise<Lease | undefined>;
  /** Returns whether the lease is still held. A checkpoint at or past `sequenceNumber` stays unchanged and counts as done. */
  checkpoint(hold: LeaseHold, sequenceNumber: string): Promise<boolean>;
  /** Returns whether this epoch ended the shard, now or in an earlier call whose answer was lost. */
  end(hold: LeaseHold, children: readonly ShardDescription[]): Promise<boolean>;
  /** Returns whether the lease was still held. */
  release(hold: LeaseHold): Promise<boolean>;
  /** Requests the shard from the owner that was seen. Returns `false` when the row has changed. */
  requestHandOver(seen: Lease, requestedBy: string): Promise<boolean>;
  /** Deletes the row of an ended shard. Returns whether it existed and was ended. */
  delete(seen: Lease): Promise<boolean>;
}
