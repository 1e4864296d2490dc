import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Problem, RETRY_SOON } from './problem.ts';

/** The requests of one caller that start in one round of the event loop, at some 0.5 ms each; the rest waits for the next. */
const STARTS_OF_CALLER = 4;
/** A body of at most so many bytes is parsed, checked and enqueued at once; an order of some line items has 2 KB. */
const SMALL_BYTES = 4_096;
/** Most pieces take 0.5 ms; the check of the worst body takes 10 ms. */
const LONG_ROUND_MS = 3;
/** The large bodies of one caller in progress. With 20 ms for the call to SQS these are 400 in a second. */
const MAX_LARGE_OF_CALLER = 8;
/** The bodies that wait hold at most 256 times 256 KB of memory for one caller. */
const MAX_WAITING_OF_CALLER = 256;

/** An answer is promised in 2 s, also while the table does not answer and the work in progress takes as long as it may. */
const MAX_READ_WAIT_MS = 1_000;

function waitIn(waiting: (() => void)[], maxWaitMs: number | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = () => {
      clearTimeout(timer);
      resolve();
    };
    const giveUp = () => {
      waiting.splice(waiting.indexOf(begin), 1);
      reject(tooManyWaiting());
    };
    const timer = maxWaitMs === undefined ? undefined : setTimeout(giveUp, maxWaitMs);
    waiting.push(begin);
  });
}

/** Bounds how many pieces of work of one caller are in progress; the others wait in line. */
class Lines {
  private readonly lines = new Map<string, { inProgress: number; waiting: (() => void)[] }>();

  /**
   * Resolves when a piece may begin; the returned function ends it.
   * @throws Problem `too-many-requests` when too many pieces wait in this line, or this one has waited too long.
   */
  async enter(name: string, atATime: number, maxWaitMs?: number): Promise<() => void> {
    const line = this.lines.get(name) ?? { inProgress: 0, waiting: [] };
    this.lines.set(name, line);
    if (line.inProgress < atATime) line.inProgress += 1;
    else if (line.waiting.length >= MAX_WAITING_OF_CALLER) throw tooManyWaiting();
    else await waitIn(line.waiting, maxWaitMs);
    return () => {
      const next = line.waiting.shift();
      if (next) return next();
      line.inProgress -= 1;
      if (line.inProgress === 0) this.lines.delete(name);
    };
  }
}

/**
 * Spreads the requests of a caller over the rounds of the event loop. A caller on 200 connections then delays another by
 * a few requests in each round, not by 200, whether its requests are served or refused.
 */
@Injectable()
export class Starts {
  private readonly callers = new Map<string, { left: number; waiting: (() => void)[] }>();
  private readonly lines = new Lines();

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
    const leave = await this.lines.enter(`${atATime} ${subject}`, atATime, MAX_READ_WAIT_MS);
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

function tooManyWaiting(): Problem {
  return new Problem('too-many-requests', 'too many requests of this caller are waiting', { headers: RETRY_SOON });
}

/** No subject contains a blank. */
export const ANONYMOUS = 'anonymous caller';
/** A page of `/docs` loads seven files. */
const ANONYMOUS_AT_A_TIME = 16;

/**
 * Lets requests that nobody's quota pays for wait like those of one caller: without a token, and of pages without tokens. A
 * flood must not fail health checks.
 */
export function spreadAnonymousRequests(server: FastifyInstance, starts: Starts): void {
  server.addHook('onRequest', async ({ headers, routeOptions }, reply) => {
    if (headers.authorization && routeOptions.url?.startsWith('/v1/')) return;
    const isHealthCheck = routeOptions.url?.startsWith('/health/');
    await starts.next(isHealthCheck ? 'health check' : ANONYMOUS).catch((error: unknown) => {
      if (!isHealthCheck) throw error;
    });
    if (!isHealthCheck) await starts.hold(ANONYMOUS, ANONYMOUS_AT_A_TIME, reply);
  });
}
