import { hash } from 'node:crypto';
import type { Caller } from '#libs/orders';

/** Of a caller with one token, one signature is checked in this time. */
const LONGEST_MS = 60_000;
/** About 5 MB. */
const MAX_CALLERS = 10_000;

interface VerifiedCaller {
  caller: Caller;
  untilMs: number;
}

/**
 * The callers whose tokens were verified a short time ago, for to check a signature takes a fifth of an order's CPU time.
 * Keeps digests, never a token; only valid tokens get in, so that nobody without one can fill it.
 */
export class VerifiedCallers {
  private readonly callers = new Map<string, VerifiedCaller>();

  constructor(
    private readonly maxCallers = MAX_CALLERS,
    private readonly now: () => number = Date.now,
  ) {}

  /** Undefined when the token has to be verified. */
  find(token: string): Caller | undefined {
    const key = digestOf(token);
    const verified = this.callers.get(key);
    if (!verified) return undefined;
    if (verified.untilMs > this.now()) return verified.caller;
    this.callers.delete(key);
    return undefined;
  }

  /** @param validUntilMs when the token ends, in milliseconds since 1970; it is forgotten then, or sooner. */
  add(token: string, caller: Caller, validUntilMs: number): void {
    if (this.callers.size >= this.maxCallers) this.forgetOldest();
    this.callers.set(digestOf(token), { caller, untilMs: Math.min(validUntilMs, this.now() + LONGEST_MS) });
  }

  /** The issuer's keys may be others now. */
  clear(): void {
    this.callers.clear();
  }

  private forgetOldest(): void {
    // A map keeps the order in which its keys came.
    for (const key of this.callers.keys()) {
      this.callers.delete(key);
      return;
    }
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
