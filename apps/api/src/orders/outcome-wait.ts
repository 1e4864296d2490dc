import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { type Caller, OrderError } from '#libs/orders';
import { Slots } from '../http/slots.ts';
import { STOPPING } from '../injected.ts';

/** The first pauses between reads are short, because most commands are decided within 100 ms. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 250;
/** Each waiting request reads four times a second, so all read at most 4,000 keys a second, in calls of up to 100. */
const WAITING = { ofCaller: 100, ofProcess: 1_000 };

/** Waits for an outcome when the caller prefers it to a link (RFC 7240, `wait`). */
@Injectable()
export class OutcomeWait {
  private readonly slots = new Slots('requests that wait', WAITING);

  constructor(@Inject(STOPPING) private readonly stopping: AbortSignal) {}

  /** The result of `read`; undefined when there is none in time, when too many requests wait, or when the api stops. */
  async for<Outcome>(
    { subject }: Caller,
    seconds: number,
    read: () => Promise<Outcome | undefined>,
  ): Promise<Outcome | undefined> {
    if (seconds === 0 || !this.slots.hasFree(subject)) return undefined;
    const free = this.slots.take(subject);
    try {
      return await this.untilFound(performance.now() + seconds * 1_000, read);
    } finally {
      free();
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

/** The request is accepted already, so it does not fail when the table does not answer. */
function nothingYet(error: unknown): undefined {
  if (!(error instanceof OrderError && error.code === 'TABLE_UNAVAILABLE')) throw error;
}

/** The result of a lookup, or undefined when it takes longer; the lookup itself is not cancelled. */
export function foundWithin<Found>(timeoutMs: number, lookup: Promise<Found>): Promise<Found | undefined> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => resolve(undefined), timeoutMs);
    lookup.then(resolve, reject).finally(() => clearTimeout(deadline));
  });
}
