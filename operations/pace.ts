import { setTimeout as sleep } from 'node:timers/promises';

const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 250;

/**
 * Lets this many units a second pass, evenly. Nothing is saved up while none are asked for. What it returns resolves when
 * the units before these have had their time, and rejects when the signal aborts.
 */
export function paceOf(perSecond: number) {
  let nextMs = 0;
  return async (units: number, signal: AbortSignal): Promise<void> => {
    const nowMs = performance.now();
    const atMs = Math.max(nowMs, nextMs);
    nextMs = atMs + (units * 1_000) / perSecond;
    if (atMs > nowMs) await sleep(atMs - nowMs, undefined, { signal });
  };
}

/** Tries a call again that failed, with pauses that double, unless its error says `retryable: false`. */
export async function persistently<Result>(call: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || (error as { retryable?: boolean }).retryable === false) throw error;
      await sleep(FIRST_PAUSE_MS * 2 ** attempt * Math.random());
    }
  }
}
