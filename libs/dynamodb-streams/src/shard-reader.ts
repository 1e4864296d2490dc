import { compareSequenceNumbers, type ChangeRecord, type ChangeStream, type StartPosition } from './change-stream.ts';
import { StreamConsumerError } from './errors.ts';
import type { Telemetry } from './telemetry.ts';

/** What one read gave. */
export interface ShardRead {
  /** Never read before, in order. */
  records: readonly ChangeRecord[];
  /** The shard is closed and this was its last page. */
  closed: boolean;
}

/** Reads one shard from its checkpoint on, each record once, whatever becomes of its iterators. */
export class ShardReader {
  private iterator: string | undefined;
  /** The last record read, at first the checkpoint. */
  private lastRead: string | undefined;
  private fromHorizon: boolean;

  private readonly stream: ChangeStream;
  private readonly shardId: string;
  private readonly telemetry: Telemetry;

  constructor(shard: { shardId: string; checkpoint: string | undefined }, stream: ChangeStream, telemetry: Telemetry) {
    this.shardId = shard.shardId;
    this.lastRead = shard.checkpoint;
    this.fromHorizon = shard.checkpoint === undefined;
    this.stream = stream;
    this.telemetry = telemetry;
  }

  /** The next page. An expired iterator or trimmed records give an empty page; the next read goes on after them. */
  async read(limit: number): Promise<ShardRead> {
    try {
      return await this.readPage(limit);
    } catch (error) {
      // Whatever failed, the next read asks for a new iterator after what was read: no state of a failed call is kept.
      this.iterator = undefined;
      if (StreamConsumerError.is(error, 'ITERATOR_EXPIRED')) {
        this.telemetry.log('info', 'iterator_expired', { shardId: this.shardId });
      } else if (StreamConsumerError.is(error, 'RECORDS_TRIMMED')) {
        this.noteGap();
      } else throw error;
      return { records: [], closed: false };
    }
  }

  private async readPage(limit: number): Promise<ShardRead> {
    this.iterator ??= await this.stream.iterator(this.shardId, this.position());
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

  private position(): StartPosition {
    return this.fromHorizon || this.lastRead === undefined ? { at: 'TRIM_HORIZON' } : { after: this.lastRead };
  }

  private isNew(record: ChangeRecord): boolean {
    return this.lastRead === undefined || compareSequenceNumbers(record.sequenceNumber, this.lastRead) > 0;
  }

  /** Records were deleted unread, being older than 24 h: that loss is final, so say it and go on with what is left. */
  private noteGap(): void {
    this.fromHorizon = true;
    this.telemetry.log('error', 'records_trimmed', { shardId: this.shardId, after: this.lastRead });
    this.telemetry.metrics.count('gaps', 1, { shardId: this.shardId });
  }
}
