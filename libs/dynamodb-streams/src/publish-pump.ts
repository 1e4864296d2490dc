import type { ChangeRecord } from './change-stream.ts';
import { type Clock, elapsedMs } from './clock.ts';
import type { Dependencies } from './dependencies.ts';
import { pageBytes, type StreamConsumerOptions } from './options.ts';
import { PublishProgress, type ProgressEntry } from './publish-progress.ts';

interface WaitingRecord {
  record: ChangeRecord;
  /** Number of the record in the order in which the pump took them, from 1. */
  place: number;
  progress: ProgressEntry;
  failures: number;
}

/** Callbacks of the pump to the consumer of the shard. */
export interface PumpCallbacks {
  /** Makes one attempt. */
  publish: (record: ChangeRecord) => Promise<void>;
  /** Whether a publish may start now. */
  mayPublish: () => boolean;
  /** Called after a failed attempt; returns how long to wait before the next, in milliseconds. */
  retryAfterMs: (record: ChangeRecord, error: unknown, failures: number) => number;
}

/** The records of one item that wait, in their order; the first may be in flight. */
type ItemQueue = [WaitingRecord, ...WaitingRecord[]];

/**
 * Publishes a shard's records: those of one item strictly one after the other, those of different items side by side,
 * the oldest first, so that the checkpoint stays close behind. A record that fails holds back only its item. While it
 * waits for its next attempt it does not count as in flight.
 */
export class PublishPump {
  private readonly queues = new Map<string, ItemQueue>();
  /** Items whose first record may start, the oldest record first. */
  private readonly ready: ItemQueue[] = [];
  private readonly retries = new Set<() => void>();
  private readonly progress: PublishProgress;
  private waiters: { met: () => boolean; resolve: () => void }[] = [];
  private closed = false;
  private starting: AbortSignal | undefined;
  private lastPlace = 0;
  /** The furthest record that was ever started. */
  private lastStarted = 0;
  private bufferedCount = 0;
  private bufferedBytesSum = 0;
  private inFlightCount = 0;

  private readonly clock: Clock;
  private readonly options: StreamConsumerOptions;
  private readonly callbacks: PumpCallbacks;

  constructor(
    { clock, options }: Pick<Dependencies, 'clock' | 'options'>,
    checkpoint: string | undefined,
    callbacks: PumpCallbacks,
  ) {
    this.clock = clock;
    this.options = options;
    this.callbacks = callbacks;
    this.progress = new PublishProgress(checkpoint);
  }

  /** Sequence number up to which everything is published. */
  get published(): string | undefined {
    return this.progress.contiguous;
  }

  /** How many records are published behind one that is not: the next owner publishes them again. */
  get publishedPastHole(): number {
    return this.progress.span - this.bufferedCount;
  }

  /** How many records `published` has passed. */
  get publishedCount(): number {
    return this.progress.passed;
  }

  /** Returns the records taken and not yet published, as in the status of the shard. */
  status() {
    const { acceptedMs, changedAtMs } = this.progress.oldestUnfinished ?? {};
    return {
      bufferedRecords: this.bufferedCount,
      bufferedBytes: this.bufferedBytesSum,
      inFlightRecords: this.inFlightCount,
      oldestUnpublishedAgoMs: elapsedMs(acceptedMs, this.clock.now()),
      oldestUnpublishedRecordAgeMs: elapsedMs(changedAtMs, this.clock.epochMs()),
    };
  }

  /** Takes records in their shard's order. */
  accept(records: readonly ChangeRecord[]): void {
    const nowMs = this.clock.now();
    for (const record of records) {
      const progress = this.progress.accept(record.sequenceNumber, nowMs, record.approximateCreationTime?.getTime());
      const waiting = { record, place: (this.lastPlace += 1), progress, failures: 0 };
      this.bufferedBytesSum += record.sizeBytes ?? 0;
      const queue = this.queues.get(record.itemKey);
      if (queue) queue.push(waiting);
      else this.makeReady(this.newQueue(waiting));
    }
    this.bufferedCount += records.length;
    this.startReady();
  }

  /** Resolves when a full page fits into the limits, or when the signal aborts. */
  roomForPage(signal: AbortSignal): Promise<void> {
    const { pageSize, maxBufferedRecords, maxBufferedBytes, maxUncheckpointedRecords } = this.options;
    const fits = () =>
      this.bufferedCount + pageSize <= maxBufferedRecords &&
      this.bufferedBytesSum + pageBytes <= maxBufferedBytes &&
      this.progress.span + pageSize <= maxUncheckpointedRecords;
    return this.until(fits, signal);
  }

  /** Resolves when `published` has passed that many records in all, or when the signal aborts. */
  passed(count: number, signal: AbortSignal): Promise<void> {
    return this.until(() => this.progress.passed >= count, signal);
  }

  /** Resolves when everything taken is published, or when the signal aborts. */
  drained(signal: AbortSignal): Promise<void> {
    return this.until(() => this.bufferedCount === 0, signal);
  }

  /**
   * Closes the pump. It starts only records before the furthest one started, so that it leaves no hole: the next owner
   * would repeat the records behind one. It retries nothing. Resolves when nothing is in flight, or when the signal aborts.
   *
   * @param starting aborts when no publish may start any more, even if holes remain
   */
  close(signal: AbortSignal, starting: AbortSignal): Promise<void> {
    this.closed = true;
    this.starting = starting;
    for (const cancel of this.retries) cancel();
    this.retries.clear();
    this.startReady();
    return this.until(() => this.inFlightCount === 0, signal);
  }

  private newQueue(waiting: WaitingRecord): ItemQueue {
    const queue: ItemQueue = [waiting];
    this.queues.set(waiting.record.itemKey, queue);
    return queue;
  }

  /** Searches from the end: almost every item that becomes ready is the newest. */
  private makeReady(queue: ItemQueue): void {
    const [{ place }] = queue;
    const position = this.ready.findLastIndex(([first]) => first.place < place) + 1;
    this.ready.splice(position, 0, queue);
  }

  private startReady(): void {
    for (let queue = this.ready[0]; queue; queue = this.ready[0]) {
      const [{ place }] = queue;
      if (this.inFlightCount >= this.options.maxInFlight || !this.callbacks.mayPublish()) return;
      if (this.closed && (place > this.lastStarted || this.starting?.aborted)) return;
      this.lastStarted = Math.max(this.lastStarted, place);
      this.ready.shift();
      void this.publishNext(queue);
    }
  }

  private async publishNext(queue: ItemQueue): Promise<void> {
    const [waiting] = queue;
    this.inFlightCount += 1;
    try {
      await this.callbacks.publish(waiting.record);
      this.finish(queue, waiting);
    } catch (error) {
      waiting.failures += 1;
      this.retryLater(queue, this.callbacks.retryAfterMs(waiting.record, error, waiting.failures));
    } finally {
      this.inFlightCount -= 1;
    }
    this.startReady();
    this.wakeWaiters();
  }

  private finish(queue: ItemQueue, { record, progress }: WaitingRecord): void {
    queue.shift();
    this.bufferedCount -= 1;
    this.bufferedBytesSum -= record.sizeBytes ?? 0;
    this.progress.finish(progress);
    if (queue.length > 0) this.makeReady(queue);
    else this.queues.delete(record.itemKey);
  }

  private retryLater(queue: ItemQueue, delayMs: number): void {
    if (this.closed) return;
    const cancel = this.clock.after(delayMs, () => {
      this.retries.delete(cancel);
      this.makeReady(queue);
      this.startReady();
    });
    this.retries.add(cancel);
  }

  private until(met: () => boolean, signal: AbortSignal): Promise<void> {
    if (met() || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        this.waiters = this.waiters.filter((other) => other !== waiter);
        resolve();
      };
      const waiter = { met, resolve: done };
      this.waiters.push(waiter);
      signal.addEventListener('abort', done);
    });
  }

  private wakeWaiters(): void {
    for (const waiter of this.waiters) if (waiter.met()) waiter.resolve();
  }
}
