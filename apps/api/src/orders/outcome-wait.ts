import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { OrderError } from '#libs/orders';
import { STOPPING } from '../resources.module.ts';

/** The pauses between reads begin short, as most commands are decided within 100 ms. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 250;
/** Each reads four times a second, ten in a call of 100 keys: 4,000 reads a second at most. */
const MAX_WAITING = 1_000;

/** Waits for the outcome on behalf of callers who prefer it to a link (RFC 7240, `wait`). */
@Injectable()
export class OutcomeWait {
  private waiting = 0;

  constructor(@Inject(STOPPING) private readonly stopping: AbortSignal) {}

  /** What `read` finds; undefined when it found nothing in time, when too many wait, or when the api stops. */
  async for<Outcome>(seconds: number, read: () => Promise<Outcome | undefined>): Promise<Outcome | undefined> {
    if (seconds === 0 || this.waiting >= MAX_WAITING) return undefined;
    this.waiting += 1;
    try {
      return await this.untilFound(performance.now() + seconds * 1_000, read);
    } finally {
      this.waiting -= 1;
    }
  }

  private async untilFound<Outcome>(
    endMs: number,
    read: () => Promise<Outcome | undefined>,
  ): Promise<Outcome | undefined> {
    for (let pauseMs = FIRST_PAUSE_MS; !this.stopping.aborted; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return undefined;
      await sleep(Math.min(pauseMs, leftMs), undefined, { signal: this.stopping }).catch(() => undefined);
      const found = await read().catch(nothingYet);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** The request is accepted already: a table that does not answer now is no reason to fail. */
function nothingYet(error: unknown): undefined {
  if (!(error instanceof OrderError && error.code === 'TABLE_UNAVAILABLE')) throw error;
}

/** What a look-up finds, or undefined when it has not answered in time; it goes on, and nobody waits for it. */
export function foundWithin<Found>(timeoutMs: number, lookUp: Promise<Found>): Promise<Found | undefined> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => resolve(undefined), timeoutMs);
    lookUp.then(resolve, reject).finally(() => clearTimeout(deadline));
  });
}
