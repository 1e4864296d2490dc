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
