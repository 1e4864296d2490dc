import type { ChangeRecord } from '../change-stream.ts';
import type { DeadLetter, DeadLetters } from '../dead-letters.ts';
import type { PublishPermit, Sink } from '../sink.ts';

/** Accepts records and remembers them; `behave` decides what becomes of each attempt before it is accepted. */
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

  /** What was published, each as `item:sequenceNumber`, in order. */
  get story(): string[] {
    return this.published.map(({ itemKey, sequenceNumber }) => `${itemKey}:${sequenceNumber}`);
  }
}

/** Dead letters in memory; `behave` decides what becomes of each before it is kept. */
export class MemoryDeadLetters implements DeadLetters {
  readonly letters: DeadLetter[] = [];
  behave: (letter: DeadLetter) => void | Promise<void> = () => undefined;

  async send(letter: DeadLetter): Promise<void> {
    await this.behave(letter);
    this.letters.push(letter);
  }

  /** Each letter as `item:sequenceNumber`, in order. */
  get story(): string[] {
    return this.letters.map(({ record }) => `${record.itemKey}:${record.sequenceNumber}`);
  }
}
