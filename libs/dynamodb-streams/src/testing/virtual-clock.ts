import type { Clock } from '../clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** Time that passes only in `advance`. After each timer, all promises that can continue do so. */
export class VirtualClock implements Clock {
  private nowMs = 0;
  /** The next timer first. Of two timers that are due at the same time, the one set first runs first. */
  private readonly timers: Timer[] = [];

  now(): number {
    return this.nowMs;
  }

  epochMs(): number {
    return Date.UTC(2030, 0, 1) + this.nowMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { dueMs: this.nowMs + Math.max(0, ms), callback, cancelled: false };
    const position = this.timers.findLastIndex(({ dueMs }) => dueMs <= timer.dueMs) + 1;
    this.timers.splice(position, 0, timer);
    return () => void (timer.cancelled = true);
  }

  /** Lets `ms` pass, or less when `until`, called after each timer, returns true. */
  async advance(ms: number, until: () => boolean = () => false): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (let timer = this.next(); timer && timer.dueMs <= endMs; timer = this.next()) {
      if (until()) return;
      this.timers.shift();
      this.nowMs = Math.max(this.nowMs, timer.dueMs);
      timer.callback();
      await settle();
    }
    if (!until()) this.nowMs = endMs;
  }

  /** Returns the next timer, and removes cancelled ones before it. */
  private next(): Timer | undefined {
    while (this.timers[0]?.cancelled) this.timers.shift();
    return this.timers[0];
  }
}

/**
 * Lets every promise that can continue do so: Node runs a `nextTick` callback of a microtask once no microtask is left.
 * Unlike `setImmediate` it needs no turn of the event loop, which made most of a simulation's cost.
 */
function settle(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}
