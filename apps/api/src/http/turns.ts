import { Injectable } from '@nestjs/common';
import { Problem, RETRY_SOON } from './problem.ts';

/** The requests of one caller that start in one round of the event loop, at some 0.5 ms each; the rest waits for the next. */
const STARTS_OF_CALLER = 4;
/** A body of at most so many bytes is parsed, checked and enqueued at once; an order of some line items has 2 KB. */
const SMALL_BYTES = 4_096;
/** The large bodies of one caller in progress. With 20 ms for the call to SQS these are 400 in a second. */
const MAX_LARGE_OF_CALLER = 8;
/** The bodies that wait hold at most 256 times 256 KB of memory for one caller. */
const MAX_WAITING_OF_CALLER = 256;

/**
 * Spreads the requests of a caller over the rounds of the event loop. A caller on 200 connections then delays another by
 * a few requests in each round, not by 200, whether its requests are served or refused.
 */
@Injectable()
export class Starts {
  private readonly callers = new Map<string, { left: number; waiting: (() => void)[] }>();

  /**
   * Resolves when a request of the caller may start.
   * @throws Problem `too-many-requests` when too many of the caller's requests wait.
   */
  async next(subject: string): Promise<void> {
    if (this.callers.size === 0) setImmediate(() => this.beginRound());
    const caller = this.callers.get(subject) ?? { left: STARTS_OF_CALLER, waiting: [] };
    this.callers.set(subject, caller);
    caller.left -= 1;
    if (caller.left >= 0) return;
    if (caller.waiting.length >= MAX_WAITING_OF_CALLER) throw tooManyWaiting();
    await new Promise<void>((resolve) => caller.waiting.push(resolve));
  }

  private beginRound(): void {
    for (const [subject, { waiting }] of this.callers) {
      const started = waiting.splice(0, STARTS_OF_CALLER);
      if (started.length === 0) this.callers.delete(subject);
      else this.callers.set(subject, { left: STARTS_OF_CALLER - started.length, waiting });
      started.forEach((start) => start());
    }
    // A new immediate runs in the next round, after the loop has polled for I/O.
    if (this.callers.size > 0) setImmediate(() => this.beginRound());
  }
}

/**
 * Spreads work that holds the event loop: one piece in each round of the loop, callers in rotation. Between two pieces the
 * loop serves whatever else has arrived, so a caller with a thousand pieces delays another by one piece in each round.
 */
@Injectable()
export class Turns {
  /** The pieces that wait, by caller; the first caller is next. */
  private readonly waiting = new Map<string, (() => void)[]>();
  /** The number of large bodies of each caller in progress, and the bodies behind them. */
  private readonly large = new Map<string, { count: number; behind: (() => void)[] }>();

  /**
   * Resolves when the caller may do one piece of work.
   * @throws Problem `too-many-requests` when too many of the caller's pieces wait.
   */
  next(subject: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.waiting.size === 0) setImmediate(() => this.giveTurn());
    const pieces = this.waiting.get(subject) ?? [];
    if (pieces.length >= MAX_WAITING_OF_CALLER) throw tooManyWaiting();
    pieces.push(resolve);
    this.waiting.set(subject, pieces);
    return promise;
  }

  /**
   * Does the work for a body. A large one waits for a turn, and until few of the caller's are in progress.
   * @throws Problem `too-many-requests` when too many of the caller's pieces wait.
   */
  async forBody<Result>(subject: string, bytes: number, work: () => Promise<Result>): Promise<Result> {
    if (bytes <= SMALL_BYTES) return work();
    const own = this.large.get(subject) ?? { count: 0, behind: [] };
    this.large.set(subject, own);
    if (own.count < MAX_LARGE_OF_CALLER) own.count += 1;
    else if (own.behind.length >= MAX_WAITING_OF_CALLER) throw tooManyWaiting();
    else await new Promise<void>((resolve) => own.behind.push(resolve));
    try {
      await this.next(subject);
      return await work();
    } finally {
      const following = own.behind.shift();
      if (following) following();
      else own.count -= 1;
      if (own.count === 0) this.large.delete(subject);
    }
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

function tooManyWaiting(): Problem {
  return new Problem('too-many-requests', 'too many requests of this caller are waiting', { headers: RETRY_SOON });
}
