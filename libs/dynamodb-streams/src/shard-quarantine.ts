import type { ChangeRecord } from './change-stream.ts';
import type { DeadLetterReason } from './dead-letters.ts';
import { leaseLost, StreamConsumerError } from './errors.ts';
import type { HeldLease } from './held-lease.ts';
import type { Dependencies } from './dependencies.ts';

const WHEN = 'its record is quarantined';

/**
 * Moves records that the sink refuses permanently to the dead letters, and later records of the same item behind them, so
 * that nothing overtakes them. The ledger holds the quarantined items, so that the next owner of the shard continues.
 *
 * The ledger is written before the dead letter is sent. If the process dies in between, the next owner reads the record
 * again, finds its item quarantined and sends the dead letter.
 */
export class ShardQuarantine {
  /** Number of refusals of each record that is not quarantined yet, by sequence number. */
  private readonly refusals = new Map<string, number>();
  /** Reason of each record that its next attempt quarantines, by sequence number. */
  private readonly reasons = new Map<string, DeadLetterReason>();
  private items: ReadonlySet<string> = new Set();
  /** Items quarantined while the ledger was being read: its answer may not contain them. */
  private added = new Set<string>();
  private reportedFull = false;

  private readonly lease: HeldLease;
  private readonly dependencies: Dependencies;

  constructor(lease: HeldLease, dependencies: Dependencies) {
    this.lease = lease;
    this.dependencies = dependencies;
  }

  /** Number of quarantined items in the whole group, as last read. */
  get size(): number {
    return this.items.size;
  }

  /** Whether no further item may be quarantined. */
  get full(): boolean {
    return this.items.size + this.reasons.size >= this.dependencies.options.maxQuarantinedItems;
  }

  /** Reads which items are quarantined: once before the first record, and later to find out which were released. */
  async refresh(): Promise<void> {
    this.added = new Set();
    const quarantined = await this.dependencies.ledger.quarantinedItems();
    this.items = new Set([...quarantined.map(({ itemKey }) => itemKey), ...this.added]);
    if (!this.full) this.reportedFull = false;
  }

  /** Moves the record to the dead letters if it was refused too often or follows a quarantined one. Resolves to whether it did. */
  async quarantineIfNeeded(record: ChangeRecord): Promise<boolean> {
    const reason = this.reasons.get(record.sequenceNumber);
    if (reason !== undefined) {
      await this.quarantine(record);
      await this.send(record, reason);
      this.forget(record);
      return true;
    }
    if (!this.items.has(record.itemKey) || !(await this.follows(record))) return false;
    await this.send(record, { code: 'BEHIND_QUARANTINED', detail: 'an earlier record of its item is quarantined' });
    return true;
  }

  /** Counts a refusal. After several, the record's next attempt quarantines it, unless too many items are quarantined. */
  refused(record: ChangeRecord, reason: DeadLetterReason): void {
    const { deadLetters, options } = this.dependencies;
    if (!deadLetters || this.reasons.has(record.sequenceNumber)) return;
    const times = (this.refusals.get(record.sequenceNumber) ?? 0) + 1;
    this.refusals.set(record.sequenceNumber, times);
    if (times < options.quarantineAfterRefusals) return;
    if (this.full) this.reportFull();
    else this.reasons.set(record.sequenceNumber, reason);
  }

  /** Removes what is known of a record that is published or quarantined. */
  forget(record: ChangeRecord): void {
    this.refusals.delete(record.sequenceNumber);
    this.reasons.delete(record.sequenceNumber);
  }

  private async quarantine({ itemKey, sequenceNumber }: ChangeRecord): Promise<void> {
    if (!(await this.dependencies.ledger.quarantine(this.lease.proof, { itemKey, lastQuarantined: sequenceNumber })))
      throw leaseLost(WHEN);
    this.add(itemKey);
  }

  /** Resolves to whether the record must follow a quarantined one of its item; false when the item was released. */
  private async follows({ itemKey, sequenceNumber }: ChangeRecord): Promise<boolean> {
    const outcome = await this.dependencies.ledger.follow(this.lease.proof, {
      itemKey,
      lastQuarantined: sequenceNumber,
    });
    if (outcome === 'LEASE_LOST') throw leaseLost(WHEN);
    if (outcome === 'NOT_QUARANTINED') this.remove(itemKey);
    return outcome === 'QUARANTINED';
  }

  private async send(record: ChangeRecord, { code, detail }: DeadLetterReason): Promise<void> {
    const { deadLetters, listeners } = this.dependencies;
    const { shardId } = this.lease.row;
    if (!deadLetters) throw new StreamConsumerError('PUBLISH_FAILED', 'expected dead letters for a quarantined item');
    if (!this.lease.mayPublish()) throw leaseLost(WHEN);
    await deadLetters.send({ code, detail, shardId, record });
    listeners.log('error', 'record_quarantined', { shardId, sequenceNumber: record.sequenceNumber, code, detail });
    listeners.metrics.count('records_quarantined');
  }

  private add(itemKey: string): void {
    this.added.add(itemKey);
    this.items = new Set([...this.items, itemKey]);
  }

  private remove(itemKey: string): void {
    this.items = new Set([...this.items].filter((other) => other !== itemKey));
  }

  private reportFull(): void {
    if (this.reportedFull) return;
    this.reportedFull = true;
    const { shardId } = this.lease.row;
    this.dependencies.listeners.log('error', 'quarantine_full', { shardId, quarantinedItems: this.items.size });
  }
}
