import type { ShardPage } from './change-stream.ts';
import type { Dependencies } from './dependencies.ts';
import type { LeaseCoordinator } from './lease-coordinator.ts';
import type { Lease } from './lease-store.ts';
import type { ShardConsumer } from './shard-consumer.ts';
import type { ShardDiscovery } from './shard-discovery.ts';
import { wholeMs } from './shard-figures.ts';

/**
 * Where a shard of this consumer stands. READING: open. DRAINING: closed, its last records being published. ENDING: all
 * published, its children awaited. STOPPING: being handed back.
 */
export type ShardPhase = 'READING' | 'DRAINING' | 'ENDING' | 'STOPPING';

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
  handOverRequested?: boolean;
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
  /** Items quarantined in the whole group, as the shards owned here last read; each waits for somebody to redrive it. */
  quarantinedItems: number;
  /** Whether nothing more is quarantined: a record refused now holds its item back. */
  quarantineFull: boolean;
  shards: ShardStatus[];
}

/** What a consumer consists of. */
interface ConsumerParts {
  coordinator: LeaseCoordinator;
  discovery: ShardDiscovery;
  shards: ReadonlyMap<string, ShardConsumer>;
  stopping: boolean;
}

/** Joins the rows as last read with what the consumer's own shards say. */
export function describeConsumer(
  { clock, options }: Dependencies,
  { coordinator, discovery, shards, stopping }: ConsumerParts,
): StreamConsumerStatus {
  const { consumerId } = options;
  const ago = (ms: number | undefined) => (ms === undefined ? undefined : wholeMs(clock.now() - ms));
  const readableIds = new Set(coordinator.readable.map((lease) => lease.shardId));
  return {
    consumerId,
    stopping,
    lastScanAgoMs: ago(coordinator.lookedMs),
    lastListingAgoMs: ago(discovery.listedMs),
    streamStatus: discovery.streamStatus,
    quarantinedItems: Math.max(0, ...[...shards.values()].map(({ quarantined }) => quarantined.items)),
    quarantineFull: [...shards.values()].some(({ quarantined }) => quarantined.full),
    shards: coordinator.leases.map((lease) => {
      const { shardId, owner, epoch, checkpoint } = lease;
      const own = shards.get(shardId);
      if (own) return { shardId, mine: true, owner: consumerId, epoch, ...own.status() };
      const state = stateOf(lease, readableIds);
      const unowned = readableIds.has(shardId) ? wholeMs(coordinator.unownedForMs(lease)) : undefined;
      return { shardId, mine: false, state, owner, epoch, checkpoint, unownedForMs: unowned };
    }),
  };
}

function stateOf(lease: Lease, readableIds: ReadonlySet<string>): ShardStatus['state'] {
  if (lease.state === 'ENDED') return 'ENDED';
  if (!readableIds.has(lease.shardId)) return 'WAITING_FOR_PARENT';
  return lease.owner === undefined ? 'FREE' : 'OWNED';
}
