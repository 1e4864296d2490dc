import { PublishRefusedError } from '../errors.ts';
import type { Observations } from './observations.ts';
import type { SimulatedRecord } from './simulated-stream.ts';
import type { SimulatedWorld } from './simulated-world.ts';

/** A publish that its sender still waits for. */
interface Sending {
  sender: string;
  /** Epoch of the shard's lease when it was sent; records sent under a lost lease do not count as in flight. */
  epoch: number;
  record: SimulatedRecord;
  takenAtMs: number;
}

/** The destination of the records. It knows which process sends each. */
export class Destination {
  /** While true, it accepts nothing. */
  away = false;
  /** Records that it refuses. */
  readonly poison = new Set<SimulatedRecord>();
  duplicates = 0;
  publishes = 0;
  private readonly lastFirst = new Map<string, number>();
  private readonly sendings = new Set<Sending>();
  private readonly seen: Observations;
  private readonly now: () => number;
  private readonly patienceMs: number;

  /** @param patienceMs how long a sender waits before a publish counts as failed */
  constructor(seen: Observations, now: () => number, patienceMs: number) {
    this.seen = seen;
    this.now = now;
    // The sender's clock may be a little fast.
    this.patienceMs = patienceMs * 0.95;
  }

  /**
   * Notes that a process sends a record. Returns a function to call when the process has its answer.
   *
   * @param takenAtMs when the process started the attempt; its time limit starts then
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

  /** Returns the publishes that a process still waits for. */
  waitedFor(sender: string): Sending[] {
    const nowMs = this.now();
    const waiting: Sending[] = [];
    for (const sending of this.sendings) {
      if (nowMs - sending.takenAtMs >= this.patienceMs) this.sendings.delete(sending);
      else if (sending.sender === sender) waiting.push(sending);
    }
    return waiting;
  }

  /** Receives a record. */
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

/** The operator who has fixed what was refused: publishes an item's dead letters in order, then releases the item. */
export class Redriver {
  private readonly world: SimulatedWorld;
  private readonly redriven = new Set<SimulatedRecord>();

  constructor(world: SimulatedWorld) {
    this.world = world;
  }

  /** Does one round over all quarantined items. */
  async redrive(): Promise<void> {
    const { deadLetters, ledger, stream, destination, seen } = this.world;
    for (const { itemKey, lastQuarantined } of await ledger.quarantinedItems()) {
      const own = deadLetters.filter((record) => record.itemKey === itemKey && !this.redriven.has(record));
      for (const record of own.toSorted((a, b) => a.number - b.number)) {
        destination.poison.delete(record);
        destination.accept('redriver', record);
        this.redriven.add(record);
      }
      const last = stream.record(lastQuarantined);
      // A record without a dead letter may still get one, unless the stream has deleted the record.
      const isOver = deadLetters.includes(last) || last.index < last.shard.trimmed;
      if (isOver && (await ledger.release({ itemKey, lastQuarantined })))
        seen.note('item_released', 'redriver', itemKey);
    }
  }
}
