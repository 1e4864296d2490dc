import { hash } from 'node:crypto';
import type { Caller } from '#libs/orders';

/** A token's signature is checked again after this time. */
const LONGEST_MS = 60_000;
/** About 5 MB. */
const MAX_CALLERS = 10_000;

interface VerifiedCaller {
  caller: Caller;
  untilMs: number;
}

/**
 * The callers whose tokens were verified recently: checking a signature takes a fifth of an order's CPU time. It keeps
 * digests, never tokens, and only of valid tokens, so that callers without one cannot fill it.
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
    // A map keeps its keys in the order of insertion: the first is the oldest.
    if (this.callers.size >= this.maxCallers) this.callers.delete(this.callers.keys().next().value as string);
    this.callers.set(digestOf(token), { caller, untilMs: Math.min(validUntilMs, this.now() + LONGEST_MS) });
  }

  /** Call this when the issuer's keys may have changed. */
  clear(): void {
    this.callers.clear();
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
