import { PublishRefusedError } from '../errors.ts';
import type { Observations } from './observations.ts';
import type { SimulatedRecord } from './simulated-stream.ts';

/** A publish that its sender still waits for. */
interface Sending {
  sender: string;
  /** Of the shard's lease when it was sent: what a lost lease has left behind is nobody's any more. */
  epoch: number;
  record: SimulatedRecord;
  takenAtMs: number;
}

/** Where records end up, with what is known of who sends them. */
export class Destination {
  /** While set, it accepts nothing. */
  away = false;
  /** Records refused for good, as long as they are in here. */
  readonly poison = new Set<SimulatedRecord>();
  duplicates = 0;
  publishes = 0;
  private readonly lastFirst = new Map<string, number>();
  private readonly sendings = new Set<Sending>();
  private readonly seen: Observations;
  private readonly now: () => number;
  private readonly patienceMs: number;

  /** @param patienceMs how long a sender waits before it takes a publish for failed */
  constructor(seen: Observations, now: () => number, patienceMs: number) {
    this.seen = seen;
    this.now = now;
    // The sender's clock may be a little fast.
    this.patienceMs = patienceMs * 0.95;
  }

  /**
   * A process sends a record now. Answers what to call when it has its answer.
   *
   * @param takenAtMs when the process was asked to publish it, from when on it counts its patience
   */
  send(sender: string, epoch: number, record: SimulatedRecord, takenAtMs = this.now()): () => void {
    const beside = this.waitedFor(sender).some(
      (other) => other.epoch === epoch && other.record.itemKey === record.itemKey,
    );
    if (beside) {
      this.seen.violate(
        'one of an item in flight',
        `${sender} sends ${record.number} of ${record.itemKey} beside another`,
      );
    }
    const sending = { sender, epoch, record, takenAtMs };
    this.sendings.add(sending);
    return () => this.sendings.delete(sending);
  }

  /** Publishes of a process that it still waits for. */
  waitedFor(sender: string): Sending[] {
    const nowMs = this.now();
    const waiting: Sending[] = [];
    for (const sending of this.sendings) {
      if (nowMs - sending.takenAtMs >= this.patienceMs) this.sendings.delete(sending);
      else if (sending.sender === sender) waiting.push(sending);
    }
    return waiting;
  }

  /** The record arrives. */
  arrive(sender: string, record: SimulatedRecord): void {
    if (this.away) throw new Error('the destination is away');
    if (this.poison.has(record)) {
      this.seen.note('record_refused', sender, `${record.number}`);
      throw new PublishRefusedError('refused');
    }
    this.accept(sender, record);
  }

  accept(sender: string, record: SimulatedRecord): void {
    this.publishes += 1;
    this.seen.note('published', sender, `${record.number} of ${record.itemKey}`);
    if (record.published) {
      this.duplicates += 1;
      this.seen.note('published_again', sender, `${record.number}`);
      return;
    }
    record.published = true;
    const last = this.lastFirst.get(record.itemKey) ?? 0;
    if (record.number < last) {
      this.seen.violate('first publishes ascend', `${record.number} of ${record.itemKey} comes after ${last}`);
    }
    this.lastFirst.set(record.itemKey, Math.max(last, record.number));
  }
}
