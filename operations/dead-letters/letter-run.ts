import type { DeadLetterQueue } from './dead-letter-queues.ts';
import { type DeadLetter, readLetter } from './dead-letter.ts';
import type { LetterBox } from './letter-box.ts';
import { matches, type LetterFilter } from './letter-filter.ts';
import type { Pace } from '../pace.ts';

/** By how much the clocks of this machine and of SQS may differ. */
const CLOCK_TOLERANCE_MS = 60_000;
/** Of a queue without order so many are in hand at a time, and those of one order among them go in order. */
const MOST_IN_HAND = 1_000;
/** In hand no longer than half of what they are hidden for. */
const IN_HAND_SECONDS = 60;

/** Brings messages elsewhere. */
export interface LetterMover {
  /**
   * Resolves when the message has arrived and may leave its queue. A rejection leaves it there, and those behind it.
   * @param before the one of the same order that was moved before, if both were received together
   */
  move(letter: DeadLetter, before: DeadLetter | undefined): Promise<void>;
  /** Whether it is one that was moved just now and has come back. */
  hasReturned(letter: DeadLetter): boolean;
}

export interface LetterRunOptions {
  readonly box: LetterBox;
  readonly queue: DeadLetterQueue;
  readonly filter: LetterFilter;
  readonly mover: LetterMover;
  readonly pace: Pace;
  readonly rate: number;
  readonly signal: AbortSignal;
  /** Messages that are in somebody else's hands. */
  readonly elsewhere: number;
  readonly onProgress: (counts: RunCounts) => void;
}

/** What became of a run. */
export interface RunCounts {
  moved: number;
  /** Selected and not moved. */
  stayed: number;
  /** Moved, and back in the queue. */
  returned: number;
  /** Not selected, or behind one of its order that is not. */
  passedOver: number;
  /** Came after the run had begun. */
  cameSince: number;
  /** In somebody else's hands when it began, so perhaps not seen. */
  elsewhere: number;
}

export interface StayedLetter {
  letter: DeadLetter;
  why: string;
}

/** Takes a queue's selected messages, moves each, and deletes it only then; the others are given back. */
export class LetterRun {
  readonly counts: RunCounts = { moved: 0, stayed: 0, returned: 0, passedOver: 0, cameSince: 0, elsewhere: 0 };
  readonly stayed: StayedLetter[] = [];
  private readonly options: LetterRunOptions;
  private readonly beganAt = Date.now();
  /** Orders of a FIFO queue of which one message stays: nothing passes it. */
  private readonly blocked = new Set<string>();
  /** Orders of the relay of which one letter was moved: the others go with it. */
  private readonly begun = new Set<string>();

  constructor(options: LetterRunOptions) {
    this.options = options;
    this.counts.elsewhere = options.elsewhere;
  }

  async play(): Promise<void> {
    const { box, signal } = this.options;
    try {
      while (!signal.aborted) {
        const letters = await this.receive();
        if (letters.length === 0) break;
        const lanes = Map.groupBy(letters, laneOf);
        await Promise.all([...lanes.values()].map((lane) => this.moveLane(lane)));
      }
    } finally {
      await box.giveBack();
    }
  }

  /** Of a FIFO queue what comes is in order; of another one it has to be put in order. */
  private async receive(): Promise<DeadLetter[]> {
    const { box, queue, filter, rate, signal } = this.options;
    const letters: DeadLetter[] = [];
    const most = queue.fifo
      ? 1
      : filter.order
        ? Number.POSITIVE_INFINITY
        : Math.min(MOST_IN_HAND, rate * IN_HAND_SECONDS);
    while (letters.length < most && !signal.aborted) {
      const received = (await box.receive(signal)).map((message) => readLetter(message, queue));
      if (received.length === 0) break;
      letters.push(...received.filter((letter) => this.selects(letter)));
      if (queue.fifo && letters.length > 0) break;
    }
    return queue.fifo ? letters : letters.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
  }

  private selects(letter: DeadLetter): boolean {
    const { queue, filter, mover } = this.options;
    const group = letter.groupId ?? '';
    if (queue.fifo && this.blocked.has(group)) return this.passOver('passedOver', group);
    if (mover.hasReturned(letter)) return this.passOver('returned', group);
    if (Date.parse(letter.sentAt) > this.beganAt + CLOCK_TOLERANCE_MS) return this.passOver('cameSince', group);
    const goesOn = queue.kind === 'record' && this.begun.has(group);
    if (!goesOn && !matches(letter, filter)) return this.passOver('passedOver', group);
    if (queue.kind === 'record') this.begun.add(group);
    return true;
  }

  private passOver(why: 'passedOver' | 'returned' | 'cameSince', group: string): false {
    this.counts[why] += 1;
    this.blocked.add(group);
    return false;
  }

  private async moveLane(lane: readonly DeadLetter[]): Promise<void> {
    const { box, mover, pace, signal, onProgress } = this.options;
    for (const [position, letter] of lane.entries()) {
      await pace.take(1, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await mover.move(letter, lane[position - 1]);
      } catch (error) {
        return this.stay(lane.slice(position), error);
      }
      try {
        await box.delete(letter.message);
        this.counts.moved += 1;
      } catch (error) {
        return this.stay(lane.slice(position), new Error(`it has arrived but could not be deleted: ${textOf(error)}`));
      }
      onProgress(this.counts);
    }
  }

  private stay(letters: readonly DeadLetter[], error: unknown): void {
    const [first, ...behind] = letters;
    if (!first) return;
    if (first.groupId) this.blocked.add(first.groupId);
    this.counts.stayed += letters.length;
    this.stayed.push({ letter: first, why: textOf(error) });
    this.stayed.push(...behind.map((letter) => ({ letter, why: `it is behind ${first.messageId}, which stays` })));
  }
}

/** What goes one after the other. */
function laneOf({ groupId, orderKey, messageId }: DeadLetter): string {
  return groupId ?? orderKey ?? messageId;
}

/** Commands of one order in the order in which they were asked for. */
function timeOf({ askedAt, sentAt }: DeadLetter): string {
  return askedAt ?? sentAt;
}

/** With its cause, which has what the service said. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, cause } = error;
  return `${message || name}${cause instanceof Error ? ` (${textOf(cause)})` : ''}`;
}
