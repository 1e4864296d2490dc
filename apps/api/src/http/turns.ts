import { Injectable } from '@nestjs/common';
import { Problem, RETRY_SOON } from './problem.ts';

/** A body of at most so many bytes is parsed, checked and enqueued at once; an order of some line items has 2 KB. */
const SMALL_BYTES = 4_096;
/** The bodies that wait hold at most 256 times 256 KB of memory for one caller. */
const MAX_WAITING_OF_CALLER = 256;

/**
 * Spreads work that holds the event loop: one piece in each round of the loop, callers in rotation. Between two pieces the
 * loop serves whatever else has arrived, so a caller with a thousand pieces delays another by one piece in each round.
 */
@Injectable()
export class Turns {
  /** The pieces that wait, by caller; the first caller is next. */
  private readonly waiting = new Map<string, (() => void)[]>();

  /**
   * Resolves when the caller may do one piece of work.
   * @throws Problem `too-many-requests` when too many of the caller's pieces wait.
   */
  next(subject: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.waiting.size === 0) setImmediate(() => this.giveTurn());
    const pieces = this.waiting.get(subject) ?? [];
    if (pieces.length >= MAX_WAITING_OF_CALLER) {
      throw new Problem('too-many-requests', 'too many requests of this caller are waiting', { headers: RETRY_SOON });
    }
    pieces.push(resolve);
    this.waiting.set(subject, pieces);
    return promise;
  }

  /** Waits for a turn if a body is large. */
  async forBody(subject: string, bytes: number): Promise<void> {
    if (bytes > SMALL_BYTES) await this.next(subject);
  }

  private giveTurn(): void {
    const [first] = this.waiting;
    if (!first) return;
    const [subject, pieces] = first;
    this.waiting.delete(subject);
    pieces.shift()?.();
    if (pieces.length > 0) this.waiting.set(subject, pieces);
    // A new immediate runs in the next round, after the loop has polled for I/O.
    if (this.waiting.size > 0) setImmediate(() => this.giveTurn());
  }
}
