import type { ShardPage } from './change-stream.ts';
import { elapsedMs } from './clock.ts';
import type { Dependencies } from './dependencies.ts';
import type { LeaseCoordinator } from './lease-coordinator.ts';
import type { Lease } from './lease-store.ts';
import type { ShardConsumer } from './shard-consumer.ts';
import type { ShardDiscovery } from './shard-discovery.ts';

/**
 * State of a shard of this consumer. READING: open. DRAINING: closed, its last records are being published. ENDING: all
 * published, its children are not listed yet. STOPPING: being released.
 */
export type ShardPhase = 'READING' | 'DRAINING' | 'ENDING' | 'STOPPING';

/** A shard as this consumer sees it. Times are in whole milliseconds, absent before the first occurrence. */
export interface ShardStatus {
  shardId: string;
  /** Whether this consumer owns it. */
  isOwn: boolean;
  /**
   * READING, DRAINING, ENDING or STOPPING if this consumer owns the shard. Otherwise ENDED, WAITING_FOR_PARENT (must not be
   * read yet), OWNED (by another consumer) or FREE.
   */
  state: ShardPhase | 'ENDED' | 'WAITING_FOR_PARENT' | 'OWNED' | 'FREE';
  owner?: string | undefined;
  epoch: number;
  checkpoint?: string | undefined;
  /** The fields from here on are present only if this consumer owns the shard. */
  bufferedRecords?: number;
  /** Total size of the buffered records, as the stream counts it. */
  bufferedBytes?: number;
  inFlightRecords?: number;
  /** Whether another consumer has requested the shard. */
  handOverRequested?: boolean;
  /** How long ago the oldest unpublished record was read; absent when there is none. */
  oldestUnpublishedAgoMs?: number | undefined;
  /** Age of that record's change; the stream's times are whole seconds. */
  oldestUnpublishedRecordAgeMs?: number | undefined;
  /** Records that the sink refuses at present; each holds back its item and the checkpoint. */
  refusedRecords?: number;
  lastPollAgoMs?: number | undefined;
  lastPublishAgoMs?: number | undefined;
  /** Age of the last published record when the sink accepted it. */
  lastPublishedRecordAgeMs?: number | undefined;
  /**
   * How long a shard that may be read has been free, or the heartbeat of its owner has stood still. Present only if the
   * shard has no owner, or one that is considered dead.
   */
  unownedForMs?: number | undefined;
}

/** The result of `StreamConsumer.status()`. */
export interface StreamConsumerStatus {
  consumerId: string;
  stopping: boolean;
  /** Time since the leases were last read with success; absent before the first. */
  lastScanAgoMs?: number | undefined;
  /** Time since the stream's shards were last listed with success; absent before the first. */
  lastListingAgoMs?: number | undefined;
  /** Status of the stream in its last listing; absent before the first. */
  streamStatus?: ShardPage['streamStatus'] | undefined;
  /** Quarantined items of the whole group, as this consumer last read them; each waits for a redrive. */
  quarantinedItems: number;
  /** Whether no further item is quarantined: a record refused now holds back its item. */
  quarantineFull: boolean;
  shards: ShardStatus[];
}

/** The parts of a consumer that its status describes. */
interface ConsumerParts {
  coordinator: LeaseCoordinator;
  discovery: ShardDiscovery;
  shards: ReadonlyMap<string, ShardConsumer>;
  stopping: boolean;
}

/** Joins the rows that were read last with the state of the consumer's own shards. */
export function describeConsumer(
  { clock, options }: Dependencies,
  { coordinator, discovery, shards, stopping }: ConsumerParts,
): StreamConsumerStatus {
  const { consumerId } = options;
  const nowMs = clock.now();
  const readableIds = new Set(coordinator.readable.map((lease) => lease.shardId));
  return {
    consumerId,
    stopping,
    lastScanAgoMs: elapsedMs(coordinator.lastReadMs, nowMs),
    lastListingAgoMs: elapsedMs(discovery.listedMs, nowMs),
    streamStatus: discovery.streamStatus,
    quarantinedItems: Math.max(0, ...[...shards.values()].map(({ quarantine }) => quarantine.size)),
    quarantineFull: [...shards.values()].some(({ quarantine }) => quarantine.full),
    shards: coordinator.leases.map((lease) => {
      const { shardId, owner, epoch, checkpoint } = lease;
      const own = shards.get(shardId);
      if (own) return { shardId, isOwn: true, owner: consumerId, epoch, ...own.status() };
      const state = stateOf(lease, readableIds);
      const unownedForMs = readableIds.has(shardId) ? coordinator.unownedForMs(lease) : undefined;
      return { shardId, isOwn: false, state, owner, epoch, checkpoint, unownedForMs };
    }),
  };
}

function stateOf(lease: Lease, readableIds: ReadonlySet<string>): ShardStatus['state'] {
  if (lease.state === 'ENDED') return 'ENDED';
  if (!readableIds.has(lease.shardId)) return 'WAITING_FOR_PARENT';
  return lease.owner === undefined ? 'FREE' : 'OWNED';
}
