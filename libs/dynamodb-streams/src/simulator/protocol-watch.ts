import type { GroupStart } from '../group-ledger.ts';
import type { Lease, LeaseHold } from '../lease-store.ts';
import type { MemoryGroupLedger } from '../testing/memory-group-ledger.ts';
import { holds } from '../testing/memory-lease-store.ts';
import type { Destination } from './destination.ts';
import type { SimulatedWorld } from './simulated-world.ts';
import type { Observations } from './observations.ts';
import type { SimulatedRecord, SimulatedShard, SimulatedStream } from './simulated-stream.ts';

/** The lease rows; it reports each change to the watch. */
export class WatchedRows extends Map<string, Lease> {
  onChange: (before: Lease | undefined, after: Lease) => void = () => undefined;

  override set(shardId: string, row: Lease): this {
    const before = this.get(shardId);
    super.set(shardId, row);
    this.onChange(before, row);
    return this;
  }
}

/** Operations that succeed only if the lease is held. */
const provingMethods = new Set(['renew', 'checkpoint', 'end', 'release', 'recordGap', 'quarantine', 'follow']);

/** Checks each action of the consumers against the invariants of the protocol. */
export class ProtocolWatch {
  private readonly claimers = new Map<string, string>();
  private readonly ended = new Set<string>();
  private readonly accounted = new Map<SimulatedShard, number>();
  private readonly stream: SimulatedStream;
  private readonly rows: WatchedRows;
  private readonly destination: Destination;
  private readonly ledger: MemoryGroupLedger;
  private readonly seen: Observations;

  constructor({ stream, destination, ledger, seen }: SimulatedWorld, rows: WatchedRows) {
    this.stream = stream;
    this.rows = rows;
    this.destination = destination;
    this.ledger = ledger;
    this.seen = seen;
    rows.onChange = (before, after) => this.onChange(before, after);
  }

  /** Returns the epoch of the lease of a record's shard. */
  epochOf({ shard }: SimulatedRecord): number {
    return this.rows.get(shard.shardId)?.epoch ?? 0;
  }

  /** Called before a process sends a record or a dead letter. */
  onSend(sender: string, record: SimulatedRecord, isDeadLetter: boolean): void {
    const { shardId } = record.shard;
    const claimer = this.claimers.get(shardId);
    if (claimer !== sender) {
      this.seen.violate(
        'no publish after another epoch began',
        `${sender} sends ${record.number} of ${shardId}, owned by ${claimer}`,
      );
    }
    const quarantined = this.ledger.quarantined.get(record.itemKey);
    if (isDeadLetter || !quarantined) return;
    const passes = this.unresolvedBefore(record);
    if (passes) {
      this.seen.violate(
        'nothing passes a quarantined record',
        `${record.number} of ${record.itemKey} passes ${passes.number}`,
      );
    }
  }

  /** Called when a call to the leases or the ledger takes effect. A call that proves a lease may succeed only for its holder. */
  onCall(method: string, proof: unknown, act: () => unknown): unknown {
    if (!provingMethods.has(method)) return act();
    const hold = proof as LeaseHold;
    const row = this.rows.get(hold.shardId);
    // A lost lease stays lost in its epoch. A process that has ended the shard may repeat that call.
    const mayWrite = row && (holds(row, hold) || (method === 'end' && row.epoch === hold.epoch));
    const answer = act() as Promise<unknown>;
    if (mayWrite) return answer;
    return answer.then((done) => {
      const isDone = done !== false && done !== undefined && done !== 'LEASE_LOST';
      if (isDone) this.seen.violate('only the holder writes', `${hold.owner}, ${method} of ${hold.shardId}`);
      return done;
    });
  }

  /** Called before a shard is read. */
  onRead(reader: string, shardId: string): void {
    const parentId = this.stream.shard(shardId)?.parentShardId;
    const parent = parentId === undefined ? undefined : this.stream.shard(parentId);
    if (!parent || this.ended.has(parent.shardId)) return;
    // A parent that is gone cannot be read any more; a gap must report its lost records.
    if (parent.gone) return;
    this.seen.violate(
      'no child before its parent has ended',
      `${reader} reads ${shardId} before ${parent.shardId} has ended`,
    );
  }

  /** Returns the index of the first record that is not published, quarantined, or lost with a gap. */
  firstUnaccounted(shard: SimulatedShard): number {
    let index = this.accounted.get(shard) ?? 0;
    while (index < shard.records.length && this.isAccounted(shard.records[index]!)) index += 1;
    this.accounted.set(shard, index);
    return index;
  }

  /** Returns the records that were deleted unpublished and that no gap reports. */
  silentLosses(): SimulatedRecord[] {
    return this.stream.shards.flatMap((shard) =>
      shard.records.filter((record) => record.index < shard.trimmed && !this.isAccounted(record)),
    );
  }

  private onChange(before: Lease | undefined, after: Lease): void {
    const { shardId } = after;
    if (before && after.epoch > before.epoch) {
      this.claimers.set(shardId, after.owner ?? '');
      this.seen.note(before.owner === undefined ? 'claimed_free' : 'taken_over', after.owner, shardId);
      if (before.handOverTo !== undefined && before.handOverTo === after.owner)
        this.seen.note('handed_over', after.owner, shardId);
    }
    if (after.checkpoint !== before?.checkpoint) this.onCheckpoint(before, after);
    if (after.state === 'ENDED' && before?.state !== 'ENDED') this.onEnd(after);
    else if (before?.owner !== undefined && after.owner === undefined) this.onRelease(before);
  }

  private onCheckpoint(before: Lease | undefined, { shardId, checkpoint = '0' }: Lease): void {
    if (Number(checkpoint) < Number(before?.checkpoint ?? 0)) {
      this.seen.violate('a checkpoint never goes back', `${shardId} from ${before?.checkpoint} to ${checkpoint}`);
    }
    const shard = this.stream.shard(shardId)!;
    const next = shard.records[this.firstUnaccounted(shard)];
    if (next && next.number <= Number(checkpoint)) {
      this.seen.violate(
        'a checkpoint never passes an unaccounted record',
        `${shardId} at ${checkpoint} passes ${next.number}`,
      );
    }
  }

  private onEnd({ shardId, childShardIds = [] }: Lease): void {
    this.seen.note('shard_ended', '', shardId);
    this.ended.add(shardId);
    const shard = this.stream.shard(shardId)!;
    if (shard.closedAtMs === undefined || this.firstUnaccounted(shard) < shard.records.length) {
      this.seen.violate('a shard ends only when all is accounted for', `${shardId} ends too early`);
    }
    const missing = childShardIds.filter((child) => !this.rows.has(child));
    // Children in a disabled stream get their rows when they are listed.
    const childless = childShardIds.length === 0 && this.stream.status === 'ENABLED' && !shard.gone;
    if (missing.length > 0 || (childless && shard.children.length > 0)) {
      this.seen.violate('a shard ends only when its children exist', `${shardId} ends without ${missing.join(', ')}`);
    }
  }

  private onRelease({ shardId, owner = '', epoch }: Lease): void {
    this.seen.note('released', owner, shardId);
    const inFlight = this.destination
      .waitedFor(owner)
      .filter((sending) => sending.record.shard.shardId === shardId && sending.epoch === epoch);
    if (inFlight.length > 0) {
      this.seen.violate(
        'nothing is in flight when a lease is freed',
        `${owner} frees ${shardId} with ${inFlight.length}`,
      );
    }
  }

  private isAccounted(record: SimulatedRecord): boolean {
    if (record.published || record.quarantined || isBeforeStart(record, this.ledger.start)) return true;
    if (record.index >= record.shard.trimmed) return false;
    const gaps = [...this.ledger.gapRows.values()];
    const known = this.lastKnown(record.shard);
    if (gaps.some(({ shardId, after }) => shardId === known && record.number > Number(after ?? 0))) return true;
    if (known === record.shard.shardId) return false;
    // The shard came and went between two listings: its nearest descendants with a row must report the gap.
    const heirs = this.knownHeirs(record.shard);
    return heirs.length === 0 || gaps.some(({ shardId, after }) => after === undefined && heirs.includes(shardId));
  }

  /** Returns the id of the shard itself or of its nearest ancestor that ever had a row. */
  private lastKnown(shard: SimulatedShard): string | undefined {
    for (let one: SimulatedShard | undefined = shard; one; one = this.stream.shard(one.parentShardId ?? '')) {
      if (this.isKnown(one)) return one.shardId;
    }
    return undefined;
  }

  private knownHeirs({ children }: SimulatedShard): string[] {
    return children.flatMap((child) => (this.isKnown(child) ? [child.shardId] : this.knownHeirs(child)));
  }

  /** Whether the shard ever had a row. */
  isKnown({ shardId }: SimulatedShard): boolean {
    return this.rows.has(shardId) || this.ended.has(shardId);
  }

  /** Returns an earlier record of the same item that is in the dead letters, or on its way there. */
  private unresolvedBefore(record: SimulatedRecord): SimulatedRecord | undefined {
    return this.stream.records.find(
      (other) =>
        other.number < record.number && other.itemKey === record.itemKey && other.quarantined && !other.published,
    );
  }
}

/** Whether the group, started at LATEST, may skip the record. */
function isBeforeStart({ approximateCreationTime }: SimulatedRecord, start: GroupStart | undefined): boolean {
  const skipBeforeMs = Math.floor((start?.skipBeforeMs ?? 0) / 1_000) * 1_000;
  return approximateCreationTime !== undefined && approximateCreationTime.getTime() < skipBeforeMs;
}
