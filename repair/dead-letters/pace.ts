import { setTimeout as sleep } from 'node:timers/promises';

/** Lets so many through in a second, evenly. */
export class Pace {
  private readonly intervalMs: number;
  private nextAt = 0;

  constructor(perSecond: number) {
    this.intervalMs = 1_000 / perSecond;
  }

  /** Resolves when it is one's turn. */
  async turn(): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.nextAt);
    this.nextAt = at + this.intervalMs;
    if (at > now) await sleep(at - now);
  }
}
