import { callTimeout } from './errors.ts';

/** Port: time. A simulation passes its own clock. */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary origin. Every decision about a lease uses this and nothing else. */
  now(): number;
  /** Wall-clock milliseconds since 1970: for ages shown to people, and to judge 24 h of retention. */
  epochMs(): number;
  /** Calls `callback` once after `ms`; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epochMs: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Returns the whole milliseconds from a time until now, at least 0; undefined when there is no such time. */
export function elapsedMs(sinceMs: number | undefined, nowMs: number): number | undefined {
  return sinceMs === undefined ? undefined : Math.max(0, Math.round(nowMs - sinceMs));
}

/*
 * The waits below can be aborted. They remove their listener from the signal: a shard may be read for hours, and
 * `Promise.race` against one long-lived promise would keep a closure for every poll.
 */

/** Resolves after `ms`, or at once when the signal aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = () => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(ms, wake);
    signal?.addEventListener('abort', wake);
  });
}

/** Settles as the call does, or rejects with `CALL_TIMEOUT` after `ms`: a call that hangs must not block the consumer. */
export function within<T>(clock: Clock, ms: number, what: string, call: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(callTimeout(what, ms)));
    call.then(resolve, reject).finally(cancel);
  });
}

/** Settles as the promise does, or resolves to `undefined` as soon as the signal aborts. Later results are ignored. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(undefined);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
