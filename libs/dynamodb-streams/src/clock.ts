import { StreamConsumerError } from './errors.ts';

/** Time as the consumer sees it. A simulation passes its own. */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary origin. Every decision about a lease uses this and nothing else. */
  now(): number;
  /** Wall-clock milliseconds since 1970: for ages shown to people, and to judge 24 h of retention. */
  epochMs(): number;
  /** Calls back once after `ms`; the returned function cancels that. */
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

/*
 * Waits that can be cut short. They take their listener off the signal again: a shard may be read for hours, and
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

/** The call's outcome, or a rejection with `CALL_TIMEOUT` after `ms`: a call that hangs must not hang the consumer. */
export function within<T>(clock: Clock, ms: number, what: string, call: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () =>
      reject(new StreamConsumerError('CALL_TIMEOUT', `expected ${what} to answer within ${ms} ms, it did not`)),
    );
    call.then(resolve, reject).finally(cancel);
  });
}

/** The promise's outcome, or `undefined` as soon as the signal aborts; what comes later is ignored. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(undefined);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
