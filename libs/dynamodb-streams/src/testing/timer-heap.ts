/** Something that is to happen at a time. */
export interface Timer {
  readonly dueMs: number;
  /** Of two due together, the one set first goes first. */
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** A binary heap of timers, the next one on top. Cancelled ones fall out when they come to the top. */
export class TimerHeap {
  private readonly timers: Timer[] = [];

  /** The next timer that is not cancelled. */
  peek(): Timer | undefined {
    while (this.timers[0]?.cancelled) this.dropTop();
    return this.timers[0];
  }

  pop(): Timer | undefined {
    const top = this.peek();
    if (top) this.dropTop();
    return top;
  }

  push(timer: Timer): void {
    const { timers } = this;
    let at = timers.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = timers[above] as Timer;
      if (!isBefore(timer, parent)) break;
      timers[at] = parent;
      at = above;
    }
    timers[at] = timer;
  }

  private dropTop(): void {
    const { timers } = this;
    const last = timers.pop() as Timer;
    if (timers.length === 0) return;
    let at = 0;
    for (;;) {
      const child = this.earlierChild(at);
      if (child === undefined || !isBefore(timers[child] as Timer, last)) break;
      timers[at] = timers[child] as Timer;
      at = child;
    }
    timers[at] = last;
  }

  private earlierChild(at: number): number | undefined {
    const left = this.timers[2 * at + 1];
    const right = this.timers[2 * at + 2];
    if (!left) return undefined;
    return right && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
