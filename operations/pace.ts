import { setTimeout as sleep } from 'node:timers/promises';

/** Lets so many units a second pass, evenly; nothing is saved up while none are asked for. */
export class Pace {
  private readonly perSecond: number;
  private nextMs = 0;

  constructor(perSecond: number) {
    this.perSecond = perSecond;
  }

  /** Resolves when the units before these have had their time; rejects when the signal aborts. */
  async take(units = 1, signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    const atMs = Math.max(now, this.nextMs);
    this.nextMs = atMs + (units * 1_000) / this.perSecond;
    if (atMs > now) await sleep(atMs - now, undefined, { signal });
  }
}
