import type { ChangeRecord } from '../change-stream.ts';
import type { DeadLetter, DeadLetters } from '../dead-letters.ts';
import type { PublishPermit, Sink } from '../sink.ts';

/** Accepts records and remembers them; `behave` decides the outcome of each attempt before it is accepted. */
export class MemorySink implements Sink {
  readonly published: ChangeRecord[] = [];
  /** Every attempt, in the order of its start. */
  readonly attempts: ChangeRecord[] = [];
  behave: (record: ChangeRecord) => void | Promise<void> = () => undefined;
  mostInFlight = 0;
  /** Items of which two records were in flight together; must stay empty. */
  readonly overlaps: string[] = [];
  private readonly inFlight: string[] = [];

  async publish(record: ChangeRecord, _permit: PublishPermit): Promise<void> {
    this.attempts.push(record);
    if (this.inFlight.includes(record.itemKey)) this.overlaps.push(record.itemKey);
    this.inFlight.push(record.itemKey);
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight.length);
    try {
      await this.behave(record);
      this.published.push(record);
    } finally {
      this.inFlight.splice(this.inFlight.indexOf(record.itemKey), 1);
    }
  }

  /** Published records as `item:sequenceNumber`, in order. */
  get story(): string[] {
    return this.published.map(({ itemKey, sequenceNumber }) => `${itemKey}:${sequenceNumber}`);
  }
}

/** Keeps dead letters in memory; `behave` decides the outcome of each attempt before. */
export class MemoryDeadLetters implements DeadLetters {
  readonly sent: DeadLetter[] = [];
  behave: (deadLetter: DeadLetter) => void | Promise<void> = () => undefined;

  async send(deadLetter: DeadLetter): Promise<void> {
    await this.behave(deadLetter);
    this.sent.push(deadLetter);
  }

  /** Dead letters as `item:sequenceNumber`, in order. */
  get story(): string[] {
    return this.sent.map(({ record }) => `${record.itemKey}:${record.sequenceNumber}`);
  }
}
