import type { IncomingMessage, ServerResponse } from 'node:http';
import { continueTrace, type Telemetry, traceIdOf } from '#libs/service';
import { leavesBodyUnread } from './connections.ts';
import { unavailable } from './problem.ts';

/**
 * The CPU time of requests that start in one round of the event loop. Each takes several rounds and half a vCPU computes for
 * 50 ms in 100 ms: an accepted order then has its answer within half a second.
 */
const MAX_ROUND_MS = 20;
/** The commands that wait for SQS in a rush are more. One caller has about 12 in long rounds: 8 large ones, and 4 that start. */
const MANY_PENDING = 16;
/** Five times what is in the calls to SQS; above it, the process accepts more than it passes on. */
const FULL = 400;
/** A warning at most once in this time. */
const WARN_EVERY_MS = 10_000;
/**
 * Refused clients are asked to retry at this rate, so that a rush does not repeat itself. A task of half a vCPU accepts at least this
 * many orders a second.
 */
const RETRIES_PER_SECOND = 500;
const FIRST_RETRY_MS = 1_000;
/**
 * A random part of the wait. Many requests are refused in one round and `Retry-After` has whole seconds: without it, these clients
 * would retry in the same round.
 */
const RETRY_SPREAD_MS = 7_000;
/** The longest wait before the random part: with it 52 s, because `orders-client` gives up after 60 s. */
const MAX_RETRY_MS = 45_000;
const PROBLEM = unavailable(
  'more requests arrive than this process can handle; this one was not accepted: send it again',
);

/**
 * Refuses what arrives while the event loop has more than it can do. Otherwise each round of the loop starts what arrived in
 * the round before: above the rate of the process, rounds would take ever longer. CPU time counts, because a task that
 * has used its share stands still. Always answered are health checks, and the preflight requests of browsers, which show a
 * page no refusal.
 */
export class Overload {
  /** When the first request of this round of the loop started. */
  private roundStarted: Instant | undefined;
  private wasLastRoundLong = false;
  /** The retry time given to the last refused client, without the random part, by the monotonic clock. */
  private lastRetryMs = 0;
  private refused = 0;

  /** @param queue the number of commands that wait for SQS. */
  constructor(
    private readonly queue: { readonly pending: number },
    private readonly pageHeaders: (origin: string | undefined) => Record<string, string>,
    private readonly telemetry: Pick<Telemetry<'api'>, 'logger' | 'metrics'>,
  ) {}

  /** Whether the request was answered with 503: before the framework, for about a quarter of an order's CPU time. */
  refuses(request: IncomingMessage, response: ServerResponse): boolean {
    const { url = '', method, headers } = request;
    const { pending } = this.queue;
    const tooMuch = (this.isRoundLong() && pending >= MANY_PENDING) || (method === 'POST' && pending >= FULL);
    if (!tooMuch || method === 'OPTIONS' || !url.startsWith('/v1/')) return false;
    this.count(request);
    const body = JSON.stringify(PROBLEM.details(url));
    response
      .writeHead(PROBLEM.status, {
        'retry-after': String(this.retryAfterSeconds()),
        ...this.pageHeaders(headers.origin),
        ...(leavesBodyUnread(request) && { connection: 'close' }),
        'content-type': 'application/problem+json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'trace-id': traceIdOf(continueTrace(headers.traceparent as string | undefined)) as string,
      })
      .end(body);
    return true;
  }

  private retryAfterSeconds(): number {
    const nowMs = performance.now();
    const nextMs = Math.max(nowMs + FIRST_RETRY_MS, this.lastRetryMs + 1_000 / RETRIES_PER_SECOND);
    this.lastRetryMs = Math.min(nextMs, nowMs + MAX_RETRY_MS);
    return Math.ceil((this.lastRetryMs - nowMs + Math.random() * RETRY_SPREAD_MS) / 1_000);
  }

  /** Whether this round and the one before are long: a single one is a garbage collection, or a burst. */
  private isRoundLong(): boolean {
    if (this.roundStarted === undefined) {
      const started = { atMs: performance.now(), cpuMs: threadCpuMs() };
      this.roundStarted = started;
      setImmediate(() => this.endRound(started));
    }
    return this.wasLastRoundLong && isLong(this.roundStarted);
  }

  private endRound(started: Instant): void {
    this.roundStarted = undefined;
    this.wasLastRoundLong = isLong(started);
    if (!this.wasLastRoundLong) return;
    setImmediate(() => {
      // The next round had no request.
      if (this.roundStarted === undefined) this.wasLastRoundLong = false;
    });
  }

  /** A line for each would cost more than the refusal. */
  private count({ method, url }: IncomingMessage): void {
    const { logger, metrics } = this.telemetry;
    const isOrder = method === 'POST' && url === '/v1/orders';
    metrics.count('HttpRequests', { Route: isOrder ? 'POST /v1/orders' : 'unmatched', Status: '503' });
    if (isOrder) metrics.count('OrdersRefused', { Reason: 'unavailable' });
    this.refused += 1;
    if (this.refused > 1) return;
    const warn = () => {
      logger.warn({ refused: this.refused }, 'overloaded');
      this.refused = 0;
    };
    setTimeout(warn, WARN_EVERY_MS).unref();
  }
}

interface Instant {
  /** By the monotonic clock. */
  atMs: number;
  /** The CPU time of the thread. */
  cpuMs: number;
}

/**
 * Reading the CPU time is a system call, 2 % of an order if each request did it. A thread cannot have used more than the time that
 * has passed, so it is read in long rounds only.
 */
function isLong({ atMs, cpuMs }: Instant): boolean {
  return performance.now() - atMs > MAX_ROUND_MS && threadCpuMs() - cpuMs > MAX_ROUND_MS;
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
