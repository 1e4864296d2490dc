import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../http/problem.ts';

/**
 * A quota for each caller in units of the tariff, counted in this process: callers of n instances may have n times as much.
 * Memory is bounded by the callers of one window, who all hold a token of the issuer.
 */
@Injectable()
export class Quota {
  constructor(private readonly limiter: RateLimiterMemory) {}

  /**
   * Charges one request of a caller in parts, in all no more than a full quota: a request that started with one can end.
   * @param paid the units that were charged before.
   * @returns a function that charges so many units.
   */
  inParts(subject: string, paid: number): (units: number) => Promise<void> {
    let left = this.limiter.points - paid;
    return async (units) => {
      const part = Math.min(units, left);
      left -= part;
      if (part > 0) await this.charge(subject, part);
    };
  }

  /**
   * Charges a caller. A full quota pays for any single request, however much it costs.
   * @returns the headers that show the quota.
   * @throws Problem `too-many-requests`
   */
  async charge(subject: string, units: number): Promise<Record<string, string>> {
    const { points, duration } = this.limiter;
    const charged = Math.min(units, points);
    const state = await this.limiter.consume(subject, charged).catch((refusal: unknown) => refusal as RateLimiterRes);
    const headers = {
      'ratelimit-limit': String(points),
      'ratelimit-remaining': String(Math.max(0, state.remainingPoints)),
      'ratelimit-reset': String(Math.max(1, Math.ceil(state.msBeforeNext / 1_000))),
      'ratelimit-cost': String(charged),
    };
    // The library resolves and rejects with the same class; only `consumedPoints` shows a refusal.
    if (state.consumedPoints <= points) return headers;
    throw new Problem('too-many-requests', `over ${points} units in ${duration} s; this request costs ${charged}`, {
      headers: { ...headers, 'retry-after': headers['ratelimit-reset'] },
    });
  }
}
