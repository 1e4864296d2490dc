/** A record in the order of its shard. */
export interface ProgressEntry {
  readonly sequenceNumber: string;
  /** When it was accepted, monotonic milliseconds. */
  readonly acceptedMs: number;
  /** When its change was made, wall-clock milliseconds; undefined when the stream does not say. */
  readonly changedAtMs: number | undefined;
  finished: boolean;
}

/** Tracks which records of a shard are finished, and up to which record without a hole: the possible checkpoint. */
export class PublishProgress {
  private entries: ProgressEntry[] = [];
  private first = 0;
  private reached: string | undefined;
  private passedCount = 0;

  constructor(checkpoint: string | undefined) {
    this.reached = checkpoint;
  }

  /** Every accepted record up to this sequence number is finished. */
  get contiguous(): string | undefined {
    return this.reached;
  }

  /** How many records `contiguous` has passed. */
  get passed(): number {
    return this.passedCount;
  }

  /** Records accepted past `contiguous`, finished or not. A restart would read these again. */
  get span(): number {
    return this.entries.length - this.first;
  }

  /** The record that holds `contiguous` back. */
  get oldestUnfinished(): ProgressEntry | undefined {
    return this.entries[this.first];
  }

  /** Records must be accepted in their shard's order. */
  accept(sequenceNumber: string, acceptedMs: number, changedAtMs?: number): ProgressEntry {
    const entry = { sequenceNumber, acceptedMs, changedAtMs, finished: false };
    this.entries.push(entry);
    return entry;
  }

  finish(entry: ProgressEntry): void {
    entry.finished = true;
    while (this.entries[this.first]?.finished) {
      this.reached = this.entries[this.first]?.sequenceNumber;
      this.first += 1;
      this.passedCount += 1;
    }
    // Drop the finished part once it is the larger one: each entry moves at most once on average.
    if (this.first > this.entries.length / 2) {
      this.entries = this.entries.slice(this.first);
      this.first = 0;
    }
  }
}
