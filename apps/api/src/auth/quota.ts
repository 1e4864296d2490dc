import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../http/problem.ts';

/**
 * A quota for each caller in units of the tariff, counted in this process: callers of n instances may have n times as much.
 * Memory is bounded by the callers of one window, who all hold a token of the issuer.
 */
@Injectable()
export class Quota {
  constructor(private readonly limiter: RateLimiterMemory) {}

  /** Begins the bill of a request, which the headers of its reply show. */
  bill(subject: string, reply: FastifyReply): Bill {
    return new Bill(this.limiter, subject, reply);
  }
}

/** What one request costs: at most a full quota, so that a caller with a full one can end any request. */
export class Bill {
  private charged = 0;

  constructor(
    private readonly limiter: RateLimiterMemory,
    readonly subject: string,
    private readonly reply: FastifyReply,
  ) {}

  /** @throws Problem `too-many-requests` when the quota of the caller does not suffice. */
  async charge(units: number): Promise<void> {
    const { points, duration } = this.limiter;
    const added = Math.min(units, points - this.charged);
    if (added <= 0) return;
    this.charged += added;
    const state = await this.limiter
      .consume(this.subject, added)
      .catch((refusal: unknown) => refusal as RateLimiterRes);
    const reset = String(Math.max(1, Math.ceil(state.msBeforeNext / 1_000)));
    const headers = {
      'ratelimit-limit': String(points),
      'ratelimit-remaining': String(Math.max(0, state.remainingPoints)),
      'ratelimit-reset': reset,
      'ratelimit-cost': String(this.charged),
    };
    void this.reply.headers(headers);
    // The library resolves and rejects with the same class; only `consumedPoints` shows a refusal.
    if (state.consumedPoints <= points) return;
    const detail = `over ${points} units in ${duration} s; this request costs ${this.charged}`;
    throw new Problem('too-many-requests', detail, { headers: { ...headers, 'retry-after': reset } });
  }
}
