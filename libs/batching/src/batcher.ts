/** Options of a {@link Batcher}: its limits, and the call that sends many items. */
export interface BatcherOptions<Item, Result> {
  /** Most items in one call, at least 1. */
  maxItems: number;
  /** Most bytes in one call, by `sizeOf`; a larger item is sent in a call of its own. Default: no limit. */
  maxBytes?: number;
  /** Size of an item in bytes. Required when `maxBytes` is given. */
  sizeOf?: (item: Item) => number;
  /**
   * Items with the same key are never in one call and never in flight together: the later one waits for the outcome of
   * the earlier one. Default: no item excludes another.
   */
  keyOf?: (item: Item) => string;
  /** Most calls at a time, at least 1. */
  maxInFlight: number;
  /** Most items waiting for a call; one more is rejected with `BATCHER_FULL`. */
  maxPending: number;
  /** Most bytes waiting for a call, by `sizeOf`; a first item may exceed it. Default: no limit. */
  maxPendingBytes?: number;
  /**
   * Longest time in milliseconds that items gather while a call is in flight. Then a call that is not full may start beside
   * it, so that one hanging call does not delay the others. Default: no limit.
   */
  maxGatherMs?: number;
  /** Longest time in milliseconds that an item waits for its call to start, then `BATCHER_TIMEOUT`. Default: no limit. */
  maxWaitMs?: number;
  /**
   * Makes the call. It resolves to one outcome for each item, in the order of the items; a rejection is the outcome of all.
   * It must not add items before it returns its promise.
   */
  send: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>;
}

/**
 * An item was not sent, or has no outcome. BATCHER_FULL: the limit of waiting items is reached. BATCHER_TIMEOUT: the item's
 * call did not start in time. BATCHER_MISCOUNT: the call had not one outcome for each item. With the first two nothing was
 * sent.
 */
export class BatcherError extends Error {
  override name = 'BatcherError';
  readonly code: 'BATCHER_FULL' | 'BATCHER_TIMEOUT' | 'BATCHER_MISCOUNT';

  constructor(code: BatcherError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

interface Pending<Item, Result> {
  item: Item;
  bytes: number;
  key: string | undefined;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Group commit: many callers add one item each, few calls carry them.
 *
 * An item is sent at once if no call is in flight, so a single caller never waits. Items that come while a call is in flight
 * gather. They are sent when a call ends, or earlier if they fill a whole call and fewer than `maxInFlight` calls are in
 * flight. Batches therefore grow with the load and with the duration of the calls, without a timer to tune. (The idea comes
 * from the commit log of databases: DeWitt et al., "Implementation Techniques for Main Memory
 * Database Systems", 1984.)
 */
export class Batcher<Item, Result> {
  private readonly options: BatcherOptions<Item, Result>;
  /** Not a Set: V8 copies one as it changes, and until a major collection each old copy keeps the next with all its items. */
  private pending: Pending<Item, Result>[] = [];
  private readonly keysInFlight = new Set<string>();
  private pendingBytes = 0;
  private inFlight = 0;
  private gatherTimer: NodeJS.Timeout | undefined;
  private idleWaiters: (() => void)[] = [];

  /** @throws RangeError when an option is out of its range; the message states the rule and the value. */
  constructor(options: BatcherOptions<Item, Result>) {
    for (const name of ['maxItems', 'maxInFlight', 'maxPending'] as const) {
      if (!Number.isInteger(options[name]) || options[name] < 1) {
        throw new RangeError(`${name} must be an integer of at least 1, got ${options[name]}`);
      }
    }
    for (const name of ['maxBytes', 'maxPendingBytes'] as const) {
      if (options[name] !== undefined && !options.sizeOf) throw new RangeError(`${name} needs sizeOf`);
    }
    this.options = options;
  }

  /** Accepted items whose call has not started. */
  get pendingCount(): number {
    return this.pending.length;
  }

  /** Calls in flight. */
  get inFlightCount(): number {
    return this.inFlight;
  }

  /** Resolves or rejects with the item's own outcome. */
  add(item: Item): Promise<Result> {
    const { maxWaitMs, sizeOf, keyOf } = this.options;
    const bytes = sizeOf?.(item) ?? 0;
    if (this.isFull(bytes)) {
      const waiting = `${this.pending.length} items of ${this.pendingBytes} bytes waiting`;
      return Promise.reject(new BatcherError('BATCHER_FULL', `expected room for one more item, found ${waiting}`));
    }
    return new Promise((resolve, reject) => {
      const entry: Pending<Item, Result> = { item, bytes, key: keyOf?.(item), resolve, reject, timer: undefined };
      this.pending.push(entry);
      this.pendingBytes += bytes;
      this.flush();
      if (maxWaitMs !== undefined && this.pending.at(-1) === entry) {
        entry.timer = setTimeout(() => this.expire(entry, maxWaitMs), maxWaitMs);
      }
    });
  }

  /** Resolves when nothing is pending and nothing is in flight. */
  idle(): Promise<void> {
    if (this.pending.length === 0 && this.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  private isFull(bytes: number): boolean {
    const { maxPending, maxPendingBytes = Infinity } = this.options;
    if (this.pending.length === 0) return false;
    return this.pending.length >= maxPending || this.pendingBytes + bytes > maxPendingBytes;
  }

  private flush(gathered = false): void {
    while (this.pending.length > 0 && this.mayCall(gathered)) {
      const batch = this.takeBatch();
      if (batch.length === 0) break;
      void this.sendBatch(batch);
    }
    this.limitGathering();
    if (this.pending.length === 0 && this.inFlight === 0) {
      for (const resolve of this.idleWaiters.splice(0)) resolve();
    }
  }

  private mayCall(gathered: boolean): boolean {
    if (this.inFlight === 0) return true;
    return this.inFlight < this.options.maxInFlight && (gathered || this.fillsACall());
  }

  /** Keeps one timer while items gather; it starts with the first of them. */
  private limitGathering(): void {
    if (this.pending.length === 0) {
      clearTimeout(this.gatherTimer);
      this.gatherTimer = undefined;
    } else if (this.options.maxGatherMs !== undefined) {
      this.gatherTimer ??= setTimeout(() => {
        this.gatherTimer = undefined;
        this.flush(true);
      }, this.options.maxGatherMs);
    }
  }

  private fillsACall(): boolean {
    const { maxItems, maxBytes = Infinity } = this.options;
    return this.pending.length >= maxItems || this.pendingBytes >= maxBytes;
  }

  /** Removes the oldest items that fit into one call, each key once and none whose key is in flight. */
  private takeBatch(): Pending<Item, Result>[] {
    const { maxItems, maxBytes = Infinity } = this.options;
    const batch: Pending<Item, Result>[] = [];
    const heldBack: Pending<Item, Result>[] = [];
    const keysSeen = new Set<string>();
    let bytes = 0;
    for (const entry of this.pending) {
      if (batch.length === maxItems) break;
      if (entry.key !== undefined) {
        const isHeldBack = this.keysInFlight.has(entry.key) || keysSeen.has(entry.key);
        keysSeen.add(entry.key);
        if (isHeldBack) {
          heldBack.push(entry);
          continue;
        }
      }
      if (batch.length > 0 && bytes + entry.bytes > maxBytes) break;
      batch.push(entry);
      bytes += entry.bytes;
    }
    if (heldBack.length === 0) this.pending.splice(0, batch.length);
    else if (batch.length > 0) this.pending = [...heldBack, ...this.pending.slice(heldBack.length + batch.length)];
    for (const entry of batch) {
      clearTimeout(entry.timer);
      if (entry.key !== undefined) this.keysInFlight.add(entry.key);
    }
    this.pendingBytes -= bytes;
    return batch;
  }

  private async sendBatch(batch: Pending<Item, Result>[]): Promise<void> {
    this.inFlight += 1;
    const outcomes = await this.outcomesOf(batch);
    this.inFlight -= 1;
    batch.forEach((entry, position) => {
      if (entry.key !== undefined) this.keysInFlight.delete(entry.key);
      const outcome = outcomes[position] as PromiseSettledResult<Result>;
      if (outcome.status === 'fulfilled') entry.resolve(outcome.value);
      else entry.reject(outcome.reason);
    });
    this.flush();
  }

  private async outcomesOf(batch: Pending<Item, Result>[]): Promise<readonly PromiseSettledResult<Result>[]> {
    try {
      const outcomes = await this.options.send(batch.map((entry) => entry.item));
      if (outcomes.length === batch.length) return outcomes;
      throw new BatcherError('BATCHER_MISCOUNT', `expected ${batch.length} outcomes, send gave ${outcomes.length}`);
    } catch (reason) {
      return batch.map(() => ({ status: 'rejected', reason }));
    }
  }

  private expire(entry: Pending<Item, Result>, maxWaitMs: number): void {
    this.pending = this.pending.filter((one) => one !== entry);
    this.pendingBytes -= entry.bytes;
    entry.reject(new BatcherError('BATCHER_TIMEOUT', `expected a call to start within ${maxWaitMs} ms, none did`));
    this.flush();
  }
}
