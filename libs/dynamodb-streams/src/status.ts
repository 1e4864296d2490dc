import type { Lease } from './lease-store.ts';
import type { ShardConsumer, ShardPhase } from './shard-consumer.ts';

/** A shard as this consumer sees it. Ages are in milliseconds, absent before the first time. */
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
  inFlightRecords?: number;
  /** Records the sink refuses for good just now; each holds back its item and the checkpoint. */
  refusedRecords?: number;
  lastPollAgoMs?: number | undefined;
  lastPublishAgoMs?: number | undefined;
  /** Age of the last published record when the sink accepted it. */
  lastPublishedRecordAgeMs?: number | undefined;
}

/** What `StreamConsumer.status()` answers. */
export interface StreamConsumerStatus {
  consumerId: string;
  stopping: boolean;
  /** Time since the leases were last read with success; absent before the first. */
  lastScanAgoMs?: number | undefined;
  shards: ShardStatus[];
}

/** Joins the rows as last read with what the consumer's own shards say. */
export function describeConsumer(seen: {
  consumerId: string;
  stopping: boolean;
  lastScanAgoMs: number | undefined;
  leases: readonly Lease[];
  readable: readonly Lease[];
  shards: ReadonlyMap<string, ShardConsumer>;
}): StreamConsumerStatus {
  const { consumerId, stopping, lastScanAgoMs, leases, readable, shards } = seen;
  const readableIds = new Set(readable.map((lease) => lease.shardId));
  return {
    consumerId,
    stopping,
    lastScanAgoMs,
    shards: leases.map((lease) => {
      const { shardId, owner, epoch, checkpoint } = lease;
      const own = shards.get(shardId);
      if (own) return { shardId, mine: true, owner: consumerId, epoch, ...own.status() };
      return { shardId, mine: false, state: stateOf(lease, readableIds), owner, epoch, checkpoint };
    }),
  };
}

function stateOf(lease: Lease, readableIds: ReadonlySet<string>): ShardStatus['state'] {
  if (lease.state === 'ENDED') return 'ENDED';
  if (!readableIds.has(lease.shardId)) return 'WAITING_FOR_PARENT';
  return lease.owner === undefined ? 'FREE' : 'OWNED';
}
