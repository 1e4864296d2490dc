import type { Clock } from '../clock.ts';
import { TimerHeap } from './timer-heap.ts';

/** Time that passes only when told to. After each timer everything it set going is let run to its next wait. */
export class VirtualClock implements Clock {
  private nowMs = 0;
  private order = 0;
  private readonly timers = new TimerHeap();

  now(): number {
    return this.nowMs;
  }

  epochMs(): number {
    return Date.UTC(2030, 0, 1) + this.nowMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { dueMs: this.nowMs + Math.max(0, ms), order: this.order++, callback, cancelled: false };
    this.timers.push(timer);
    return () => void (timer.cancelled = true);
  }

  /** Lets `ms` pass, or less when `until`, asked after each timer, says that it is enough. */
  async advance(ms: number, until: () => boolean = () => false): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (let timer = this.timers.peek(); timer && timer.dueMs <= endMs; timer = this.timers.peek()) {
      if (until()) return;
      this.timers.pop();
      this.nowMs = Math.max(this.nowMs, timer.dueMs);
      timer.callback();
      await settle();
    }
    if (!until()) this.nowMs = endMs;
  }
}

/**
 * Lets every promise that can go on do so: Node runs what `nextTick` was given by a microtask once no microtask is left.
 * Unlike `setImmediate` it needs no turn of the event loop, which made most of a simulation's cost.
 */
function settle(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}
