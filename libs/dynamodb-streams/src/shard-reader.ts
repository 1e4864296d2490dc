import { compareSequenceNumbers, type ChangeRecord, type StartPosition } from './change-stream.ts';
import type { Dependencies } from './dependencies.ts';
import { StreamConsumerError } from './errors.ts';
import type { Lease } from './lease-store.ts';

/** The result of one read. */
export interface ShardRead {
  /** Records not read before, in order. */
  records: readonly ChangeRecord[];
  /** The shard is closed and this was its last page. */
  closed: boolean;
}

/** Callbacks of the reader to the consumer of the shard. */
export interface ReaderCallbacks {
  /** Records in the ledger that records are lost, before reading continues. Rejects when the outcome is unknown. */
  recordGap: (gap: { after: string | undefined; certain: boolean }) => Promise<void>;
  /** Whether records from the shard's beginning may be deleted. Called when the shard is read from its beginning. */
  mayHaveLost: () => boolean;
}

/** Reads one shard from its checkpoint on, each record once, even if iterators expire. */
export class ShardReader {
  private iterator: string | undefined;
  /** The last record read; at first the checkpoint. */
  private lastRead: string | undefined;
  private fromHorizon: boolean;
  private reportedPossiblyTrimmed = false;

  private readonly shardId: string;
  private readonly stream: Dependencies['stream'];
  private readonly listeners: Dependencies['listeners'];
  private readonly callbacks: ReaderCallbacks;

  constructor({ shardId, checkpoint }: Lease, { stream, listeners }: Dependencies, callbacks: ReaderCallbacks) {
    this.shardId = shardId;
    this.stream = stream;
    this.listeners = listeners;
    this.callbacks = callbacks;
    this.lastRead = checkpoint;
    this.fromHorizon = checkpoint === undefined;
  }

  /** Reads the next page. An expired iterator or trimmed records result in an empty page; the next read continues after them. */
  async read(limit: number): Promise<ShardRead> {
    try {
      return await this.readPage(limit);
    } catch (error) {
      // After any failure the next read gets a new iterator, after the last record read.
      this.iterator = undefined;
      if (StreamConsumerError.is(error, 'ITERATOR_EXPIRED')) {
        this.listeners.log('info', 'iterator_expired', { shardId: this.shardId });
      } else if (StreamConsumerError.is(error, 'RECORDS_TRIMMED')) {
        await this.noteTrimmed();
      } else throw error;
      return { records: [], closed: false };
    }
  }

  /** The stream has deleted the shard with its remaining records. */
  async vanished(): Promise<void> {
    this.listeners.log('error', 'shard_vanished', { shardId: this.shardId, after: this.lastRead });
    await this.recordGap('records_trimmed', true);
  }

  private async readPage(limit: number): Promise<ShardRead> {
    this.iterator ??= await this.newIterator();
    const page = await this.stream.read(this.iterator, limit);
    const records = page.records.filter((record) => this.isNew(record));
    const last = records.at(-1);
    if (last) {
      this.lastRead = last.sequenceNumber;
      this.fromHorizon = false;
    }
    this.iterator = page.nextIterator;
    return { records, closed: page.nextIterator === undefined };
  }

  /** Checks for a possible loss once it has the iterator, which may take long, and records it before anything is read. */
  private async newIterator(): Promise<string> {
    const position = this.position();
    const iterator = await this.stream.iterator(this.shardId, position);
    if (
      'at' in position &&
      !this.reportedPossiblyTrimmed &&
      this.lastRead === undefined &&
      this.callbacks.mayHaveLost()
    ) {
      await this.recordGap('records_possibly_trimmed', false);
      this.reportedPossiblyTrimmed = true;
    }
    return iterator;
  }

  private position(): StartPosition {
    return this.fromHorizon || this.lastRead === undefined ? { at: 'TRIM_HORIZON' } : { after: this.lastRead };
  }

  private isNew(record: ChangeRecord): boolean {
    return this.lastRead === undefined || compareSequenceNumbers(record.sequenceNumber, this.lastRead) > 0;
  }

  /** The stream deleted unread records older than 24 h. The loss is final: record it and continue with the rest. */
  private async noteTrimmed(): Promise<void> {
    await this.recordGap('records_trimmed', true);
    this.fromHorizon = true;
  }

  private async recordGap(event: 'records_trimmed' | 'records_possibly_trimmed', certain: boolean): Promise<void> {
    await this.callbacks.recordGap({ after: this.lastRead, certain });
    this.listeners.log('error', event, { shardId: this.shardId, after: this.lastRead });
    this.listeners.metrics.count('gaps');
  }
}
