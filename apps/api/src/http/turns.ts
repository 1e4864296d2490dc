import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Lines, MAX_WAITING_OF_CALLER, tooManyWaiting } from './lines.ts';

/** The requests of one caller that start in one round of the event loop, at some 0.5 ms each; the rest waits for the next. */
const STARTS_OF_CALLER = 4;
/** A body of at most so many bytes is parsed, checked and enqueued at once; an order of some line items has 2 KB. */
const SMALL_BYTES = 4_096;
/** Most pieces take 0.5 ms; the check of the worst body takes 10 ms. */
const LONG_ROUND_MS = 3;
/** The large bodies of one caller in progress. With 20 ms for the call to SQS these are 400 in a second. */
const MAX_LARGE_OF_CALLER = 8;

/** An answer is promised in 2 s, also while the table does not answer and the work in progress takes as long as it may. */
const MAX_READ_WAIT_MS = 1_000;

/**
 * Spreads the requests of a caller over the rounds of the event loop. A caller on 200 connections then delays another by
 * a few requests in each round, not by 200, whether its requests are served or refused.
 */
@Injectable()
export class Starts {
  private readonly callers = new Map<string, { left: number; waiting: (() => void)[] }>();
  private readonly kinds = new Lines();

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

  /**
   * Lets a request begin when fewer than so many of its kind are in progress for the caller, until its answer was sent.
   * @throws Problem `too-many-requests` when too many wait, and when the client has disconnected meanwhile.
   */
  async hold(subject: string, atATime: number, { raw }: FastifyReply): Promise<void> {
    // Kinds are distinguished by their bounds.
    const leave = await this.kinds.enter(`${atATime} ${subject}`, atATime, MAX_READ_WAIT_MS);
    if (!raw.destroyed) return void raw.once('close', leave);
    leave();
    throw tooManyWaiting();
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
  private readonly largeBodies = new Lines();

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
    const leave = await this.largeBodies.enter(subject, MAX_LARGE_OF_CALLER);
    try {
      await this.next(subject);
      return await work();
    } finally {
      leave();
    }
  }

  private giveTurn(): void {
    const [first] = this.waiting;
    if (!first) return;
    const [subject, pieces] = first;
    this.waiting.delete(subject);
    pieces.shift()?.();
    if (pieces.length > 0) this.waiting.set(subject, pieces);
    if (this.waiting.size === 0) return;
    // A new immediate runs in the next round, after the loop has polled for I/O. After a long round, others have half as much time.
    const begunMs = performance.now();
    setImmediate(() => {
      const tookMs = performance.now() - begunMs;
      if (tookMs < LONG_ROUND_MS) this.giveTurn();
      else setTimeout(() => this.giveTurn(), tookMs / 2);
    });
  }
}
