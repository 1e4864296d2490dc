import type { Clock } from '../clock.ts';

interface Timer {
  dueMs: number;
  order: number;
  callback: () => void;
}

/** Time that passes only when told to. After each timer everything it set going is let run to its next wait. */
export class VirtualClock implements Clock {
  private nowMs = 0;
  private order = 0;
  private readonly timers = new Set<Timer>();

  now(): number {
    return this.nowMs;
  }

  epochMs(): number {
    return Date.UTC(2030, 0, 1) + this.nowMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { dueMs: this.nowMs + Math.max(0, ms), order: this.order++, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (let timer = this.next(endMs); timer; timer = this.next(endMs)) {
      this.timers.delete(timer);
      this.nowMs = Math.max(this.nowMs, timer.dueMs);
      timer.callback();
      await settle();
    }
    this.nowMs = endMs;
  }

  private next(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.dueMs > endMs) continue;
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

/** Lets every promise that can go on do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
