import type { ShardDescription } from './change-stream.ts';

/** The row that says who reads a shard and how far it has come. */
export interface Lease {
  shardId: string;
  parentShardId?: string;
  /** ENDED: every record of the shard is accounted for and its children have rows. */
  state: 'OPEN' | 'ENDED';
  /** Consumer that holds the lease; absent when it is free. */
  owner?: string;
  /** Grows by one with each claim. Together with the owner it fences every write of the row. */
  epoch: number;
  /** Grows with each claim and renewal. Standing still is the sign of a dead owner. */
  heartbeat: number;
  /** Who made the last claim; settles a claim whose answer was lost. */
  claimToken?: string;
  /** Sequence number of the last record before which everything is published; absent before the first. */
  checkpoint?: string;
  /** When the shard began, wall-clock milliseconds since 1970; absent where it is not known. */
  createdAtMs?: number;
  /** Consumer that has asked the owner to hand the shard over; stays through the release and goes with the next claim. */
  handOverTo?: string;
  /** Set when the shard has ended. */
  childShardIds?: readonly string[];
}

/** What an owner proves with each write: it is still the owner, of the same epoch. */
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
  /** All rows, read consistently, every page. @throws StreamConsumerError `LEASE_TABLE_NOT_FOUND`, `LEASE_TABLE_REFUSED` */
  list(): Promise<Lease[]>;
  /** One row, read consistently. */
  read(shardId: string): Promise<Lease | undefined>;
  /** Whether the row was made; `false` when it was there already. */
  create(shard: ShardDescription): Promise<boolean>;
  /** The claimed row, also if an earlier try of this claim had won it; `undefined` when another has changed it since. */
  claim(seen: Lease, owner: string, claimToken: string): Promise<Lease | undefined>;
  /** The row after the renewal, which may carry a hand-over; `undefined` when the lease is no longer held. */
  renew(hold: LeaseHold): Promise<Lease | undefined>;
  /** Whether the lease is still held; a checkpoint at or past `sequenceNumber` stays as it is and counts as done. */
  checkpoint(hold: LeaseHold, sequenceNumber: string): Promise<boolean>;
  /** Whether this epoch ended the shard, now or in an earlier call whose answer was lost. */
  end(hold: LeaseHold, children: readonly ShardDescription[]): Promise<boolean>;
  /** Whether the lease was still held. */
  release(hold: LeaseHold): Promise<boolean>;
  /** Asks the owner seen to hand the shard over. Whether it is asked; `false` when the row has changed. */
  requestHandOver(seen: Lease, requestedBy: string): Promise<boolean>;
  /** Removes the row of an ended shard. Whether it was there and ended. */
  delete(seen: Lease): Promise<boolean>;
}
