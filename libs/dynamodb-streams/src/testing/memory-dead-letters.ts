import type { DeadLetter, DeadLetters } from '../dead-letters.ts';

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
