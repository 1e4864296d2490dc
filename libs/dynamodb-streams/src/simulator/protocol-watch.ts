import type { GroupStart } from '../group-ledger.ts';
import type { Lease, LeaseHold } from '../lease-store.ts';
import type { MemoryGroupLedger } from '../testing/memory-group-ledger.ts';
import { holds } from '../testing/memory-lease-store.ts';
import type { Destination } from './destination.ts';
import type { Observations } from './observations.ts';
import type { SimulatedRecord, SimulatedShard, SimulatedStream } from './simulated-stream.ts';

/** The lease rows, each change of which is looked at, however it was made. */
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
const provingMethods = new Set(['renew', 'checkpoint', 'end', 'release', 'noteGap', 'quarantine', 'follow']);

/** Holds what the consumers do against the invariants of the protocol, at the moment they do it. */
export class ProtocolWatch {
  private readonly claimers = new Map<string, string>();
  private readonly ended = new Set<string>();
  private readonly accounted = new Map<SimulatedShard, number>();
  private readonly stream: SimulatedStream;
  private readonly rows: WatchedRows;
  private readonly destination: Destination;
  private readonly ledger: MemoryGroupLedger;
  private readonly seen: Observations;

  constructor(
    stream: SimulatedStream,
    rows: WatchedRows,
    destination: Destination,
    ledger: MemoryGroupLedger,
    seen: Observations,
  ) {
    this.stream = stream;
    this.rows = rows;
    this.destination = destination;
    this.ledger = ledger;
    this.seen = seen;
    rows.onChange = (before, after) => this.onChange(before, after);
  }

  /** The epoch of the lease of a record's shard. */
  epochOf({ shard }: SimulatedRecord): number {
    return this.rows.get(shard.shardId)?.epoch ?? 0;
  }

  /** Before a record, or a letter, leaves a process. */
  onSend(sender: string, record: SimulatedRecord, letter: boolean): void {
    const { shardId } = record.shard;
    const claimer = this.claimers.get(shardId);
    if (claimer !== sender) {
      this.seen.violate(
        'no publish after another epoch began',
        `${sender} sends ${record.number} of ${shardId}, owned by ${claimer}`,
      );
    }
    const quarantined = this.ledger.quarantined.get(record.itemKey);
    if (letter || !quarantined) return;
    const passes = this.unresolvedBefore(record);
    if (passes) {
      this.seen.violate(
        'nothing passes a quarantined record',
        `${record.number} of ${record.itemKey} passes ${passes.number}`,
      );
    }
  }

  /** A call to the leases or the ledger, as it takes effect. Of those that prove a lease only the holder's may succeed. */
  onCall(method: string, proof: unknown, act: () => unknown): unknown {
    if (!provingMethods.has(method)) return act();
    const hold = proof as LeaseHold;
    const row = this.rows.get(hold.shardId);
    // Who is not the holder now will never be again, not in this epoch; who has ended the shard may say so twice.
    const mayWrite = row && (holds(row, hold) || (method === 'end' && row.epoch === hold.epoch));
    const answer = act() as Promise<unknown>;
    if (mayWrite) return answer;
    return answer.then((done) => {
      const isDone = done !== false && done !== undefined && done !== 'LEASE_LOST';
      if (isDone) this.seen.violate('only the holder writes', `${hold.owner}, ${method} of ${hold.shardId}`);
      return done;
    });
  }

  /** Before a shard is read. */
  onRead(reader: string, shardId: string): void {
    const parentId = this.stream.shard(shardId)?.parentShardId;
    const parent = parentId === undefined ? undefined : this.stream.shard(parentId);
    if (!parent || this.ended.has(parent.shardId)) return;
    // Of a parent that is gone nothing can be read any more; that its records are lost, a gap must tell.
    if (parent.gone) return;
    this.seen.violate(
      'no child before its parent has ended',
      `${reader} reads ${shardId} before ${parent.shardId} has ended`,
    );
  }

  /** The first record of a shard that is neither published, nor quarantined, nor lost with a gap that says so. */
  firstUnaccounted(shard: SimulatedShard): number {
    let index = this.accounted.get(shard) ?? 0;
    while (index < shard.records.length && this.isAccounted(shard.records[index]!)) index += 1;
    this.accounted.set(shard, index);
    return index;
  }

  /** Records deleted before anybody published them, of which no gap tells. */
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
    // Of a disabled stream those not listed yet get their rows when they are.
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
    // It came and went while nobody looked: if its ancestors do not tell, the first of its descendants with a row do.
    const heirs = this.knownHeirs(record.shard);
    return heirs.length === 0 || gaps.some(({ shardId, after }) => after === undefined && heirs.includes(shardId));
  }

  /** The shard itself, or its nearest ancestor that a consumer has ever had a row of. */
  private lastKnown(shard: SimulatedShard): string | undefined {
    for (let one: SimulatedShard | undefined = shard; one; one = this.stream.shard(one.parentShardId ?? '')) {
      if (this.isKnown(one)) return one.shardId;
    }
    return undefined;
  }

  private knownHeirs({ children }: SimulatedShard): string[] {
    return children.flatMap((child) => (this.isKnown(child) ? [child.shardId] : this.knownHeirs(child)));
  }

  /** Whether a consumer has ever had a row of it. */
  isKnown({ shardId }: SimulatedShard): boolean {
    return this.rows.has(shardId) || this.ended.has(shardId);
  }

  /** An earlier record of the same item that lies in the dead letters, or is on its way there. */
  private unresolvedBefore(record: SimulatedRecord): SimulatedRecord | undefined {
    return this.stream.records.find(
      (other) =>
        other.number < record.number && other.itemKey === record.itemKey && other.quarantined && !other.published,
    );
  }
}

/** Whether the group, begun at LATEST, may pass the record over. */
function isBeforeStart({ approximateCreationTime }: SimulatedRecord, start: GroupStart | undefined): boolean {
  const skipBeforeMs = Math.floor((start?.skipBeforeMs ?? 0) / 1_000) * 1_000;
  return approximateCreationTime !== undefined && approximateCreationTime.getTime() < skipBeforeMs;
}
