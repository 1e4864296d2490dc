import type { ChangeRecord } from './change-stream.ts';
import type { DeadLetterReason } from './dead-letters.ts';
import { StreamConsumerError } from './errors.ts';
import type { HeldLease } from './held-lease.ts';
import type { ShardSurroundings } from './shard-surroundings.ts';

/**
 * Takes records that the sink refuses for good out of the way, and later records of the same item behind them, so that
 * nothing overtakes them. Which items are parked stands in the ledger: the next owner of the shard goes on with it.
 *
 * The ledger comes before the dead letters. If the process dies between the two, the record is read again, its item is
 * found parked, and it goes to the dead letters then.
 */
export class ShardParking {
  /** Refusals of each record not yet parked, by sequence number. */
  private readonly refusals = new Map<string, number>();
  /** Why a record is to be parked, by sequence number. */
  private readonly condemned = new Map<string, DeadLetterReason>();
  private items: ReadonlySet<string> = new Set();
  /** Items parked while the ledger was being read: its answer may be older than they are. */
  private added = new Set<string>();
  private saidFull = false;

  private readonly lease: HeldLease;
  private readonly around: ShardSurroundings;

  constructor(lease: HeldLease, around: ShardSurroundings) {
    this.lease = lease;
    this.around = around;
  }

  /** Items parked in the whole group, as last read. */
  get size(): number {
    return this.items.size;
  }

  /** Whether nothing new may be parked. */
  get full(): boolean {
    return this.items.size + this.condemned.size >= this.around.options.maxParkedItems;
  }

  /** Reads which items are parked: once before the first record, and then to learn what was redriven. */
  async refresh(): Promise<void> {
    this.added = new Set();
    const parked = await this.around.ledger.parkedItems();
    this.items = new Set([...parked.map(({ itemKey }) => itemKey), ...this.added]);
    if (!this.full) this.saidFull = false;
  }

  /** Whether the record has gone to the dead letters, so that it is not to be published. */
  async takes(record: ChangeRecord): Promise<boolean> {
    const reason = this.condemned.get(record.sequenceNumber);
    if (reason !== undefined) {
      await this.park(record);
      await this.send(record, reason);
      this.forget(record);
      return true;
    }
    if (!this.items.has(record.itemKey) || !(await this.follows(record))) return false;
    await this.send(record, { code: 'BEHIND_QUARANTINED', detail: 'an earlier record of its item is parked' });
    return true;
  }

  /** Told of each refusal; after several the record is parked at its next turn, unless too many are. */
  refused(record: ChangeRecord, reason: DeadLetterReason): void {
    const { deadLetters, options } = this.around;
    if (!deadLetters || this.condemned.has(record.sequenceNumber)) return;
    const times = (this.refusals.get(record.sequenceNumber) ?? 0) + 1;
    this.refusals.set(record.sequenceNumber, times);
    if (times < options.parkAfterRefusals) return;
    if (this.full) this.sayFull();
    else this.condemned.set(record.sequenceNumber, reason);
  }

  /** Told of each record that was published after all. */
  forget(record: ChangeRecord): void {
    this.refusals.delete(record.sequenceNumber);
    this.condemned.delete(record.sequenceNumber);
  }

  private async park({ itemKey, sequenceNumber }: ChangeRecord): Promise<void> {
    if (!(await this.around.ledger.park(this.lease.proof, { itemKey, lastParked: sequenceNumber }))) throw leaseLost();
    this.add(itemKey);
  }

  /** Whether the record goes behind the parked one; otherwise that one was redriven meanwhile. */
  private async follows({ itemKey, sequenceNumber }: ChangeRecord): Promise<boolean> {
    const outcome = await this.around.ledger.follow(this.lease.proof, { itemKey, lastParked: sequenceNumber });
    if (outcome === 'LEASE_LOST') throw leaseLost();
    if (outcome === 'NOT_PARKED') this.remove(itemKey);
    return outcome === 'PARKED';
  }

  private async send(record: ChangeRecord, { code, detail }: DeadLetterReason): Promise<void> {
    const { deadLetters, telemetry } = this.around;
    const { shardId } = this.lease.row;
    if (!deadLetters) throw new StreamConsumerError('PUBLISH_FAILED', 'expected dead letters for a parked item');
    if (!this.lease.mayPublish()) throw leaseLost();
    await deadLetters.send({ code, detail, shardId, record });
    telemetry.log('error', 'record_parked', { shardId, sequenceNumber: record.sequenceNumber, reason: code, detail });
    telemetry.metrics.count('records_parked', 1, { shardId });
  }

  private add(itemKey: string): void {
    this.added.add(itemKey);
    this.items = new Set([...this.items, itemKey]);
  }

  private remove(itemKey: string): void {
    this.items = new Set([...this.items].filter((other) => other !== itemKey));
  }

  private sayFull(): void {
    if (this.saidFull) return;
    this.saidFull = true;
    const { shardId } = this.lease.row;
    this.around.telemetry.log('error', 'parking_full', { shardId, parkedItems: this.items.size });
  }
}

function leaseLost(): StreamConsumerError {
  return new StreamConsumerError(
    'LEASE_LOST',
    'expected the shard to be still owned when its record is parked, it is not',
  );
}
