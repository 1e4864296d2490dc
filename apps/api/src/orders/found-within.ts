import { setTimeout as sleep } from 'node:timers/promises';

/** What a look-up finds, or undefined when it has not answered in time; it goes on, and nobody waits for it. */
export async function foundWithin<Found>(timeoutMs: number, lookUp: Promise<Found>): Promise<Found | undefined> {
  const deadline = new AbortController();
  try {
    return await Promise.race([lookUp, sleep(timeoutMs, undefined, { signal: deadline.signal })]);
  } finally {
    deadline.abort();
  }
}
