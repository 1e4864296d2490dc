import type { ShardPage } from './change-stream.ts';
import type { Lease } from './lease-store.ts';
import type { ShardConsumer, ShardPhase } from './shard-consumer.ts';
import { wholeMs } from './shard-figures.ts';

/** A shard as this consumer sees it. Ages are in whole milliseconds, absent before the first time. */
export interface ShardStatus {
  shardId: string;
  /** Whether this consumer owns it. */
  mine: boolean;
  /**
   * Of this consumer's: READING, DRAINING, ENDING, STOPPING. Of others: ENDED, WAITING_FOR_PARENT (not to be read yet),
   * OWNED (by another), FREE (nobody's).
   */
  state: ShardPhase | 'ENDED' | 'WAITING_FOR_PARENT' | 'OWNED' | 'FREE';
  owner?: string | undefined;
  epoch: number;
  checkpoint?: string | undefined;
  /** Only of this consumer's own: */
  bufferedRecords?: number;
  /** Their sizes together, as the stream counts them. */
  bufferedBytes?: number;
  inFlightRecords?: number;
  /** Whether another consumer has asked for it. */
  handOverAsked?: boolean;
  /** How long the oldest record read and not yet published has waited since it was read; absent when there is none. */
  oldestUnpublishedAgoMs?: number | undefined;
  /** How long ago the change of that record was made, the stream's times being to the second. */
  oldestUnpublishedRecordAgeMs?: number | undefined;
  /** Records the sink refuses for good just now; each holds back its item and the checkpoint. */
  refusedRecords?: number;
  lastPollAgoMs?: number | undefined;
  lastPublishAgoMs?: number | undefined;
  /** Age of the last published record when the sink accepted it. */
  lastPublishedRecordAgeMs?: number | undefined;
  /**
   * Only of a shard that may be read and that nobody owns, or whose owner must be taken for dead: how long it has been
   * seen free, or its owner's heartbeat standing still.
   */
  unownedForMs?: number | undefined;
}

/** What `StreamConsumer.status()` answers. */
export interface StreamConsumerStatus {
  consumerId: string;
  stopping: boolean;
  /** Time since the leases were last read with success; absent before the first. */
  lastScanAgoMs?: number | undefined;
  /** Time since the stream's shards were last listed with success; absent before the first. */
  lastListingAgoMs?: number | undefined;
  /** What the stream's last listing said of it; absent before the first. */
  streamStatus?: ShardPage['streamStatus'] | undefined;
  /** Items parked in the whole group, as the shards owned here last read; each waits for somebody to redrive it. */
  parkedItems: number;
  /** Whether nothing more is parked: a record refused now holds its item back. */
  parkingFull: boolean;
  shards: ShardStatus[];
}

/** Joins the rows as last read with what the consumer's own shards say. */
export function describeConsumer(seen: {
  consumerId: string;
  stopping: boolean;
  lastScanAgoMs: number | undefined;
  lastListingAgoMs: number | undefined;
  streamStatus: ShardPage['streamStatus'] | undefined;
  leases: readonly Lease[];
  readable: readonly Lease[];
  unownedForMs: (lease: Lease) => number | undefined;
  shards: ReadonlyMap<string, ShardConsumer>;
}): StreamConsumerStatus {
  const { leases, readable, unownedForMs, shards, ...ofConsumer } = seen;
  const { consumerId } = ofConsumer;
  const readableIds = new Set(readable.map((lease) => lease.shardId));
  return {
    ...ofConsumer,
    parkedItems: Math.max(0, ...[...shards.values()].map(({ parked }) => parked.items)),
    parkingFull: [...shards.values()].some(({ parked }) => parked.full),
    shards: leases.map((lease) => {
      const { shardId, owner, epoch, checkpoint } = lease;
      const own = shards.get(shardId);
      if (own) return { shardId, mine: true, owner: consumerId, epoch, ...own.status() };
      const state = stateOf(lease, readableIds);
      const unowned = readableIds.has(shardId) ? wholeMs(unownedForMs(lease)) : undefined;
      return { shardId, mine: false, state, owner, epoch, checkpoint, unownedForMs: unowned };
    }),
  };
}

function stateOf(lease: Lease, readableIds: ReadonlySet<string>): ShardStatus['state'] {
  if (lease.state === 'ENDED') return 'ENDED';
  if (!readableIds.has(lease.shardId)) return 'WAITING_FOR_PARENT';
  return lease.owner === undefined ? 'FREE' : 'OWNED';
}
