import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from './problem.ts';

export const QUOTA = Symbol('quota');

export interface Quota {
  requests: number;
  windowSeconds: number;
}

/**
 * A quota for each caller, counted in this process: callers of n instances may have n times as much. Memory is bounded
 * by the callers of one window, who all hold a token of the issuer. Runs after the auth guard.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly limiter: RateLimiterMemory;

  constructor(@Inject(QUOTA) private readonly quota: Quota) {
    this.limiter = new RateLimiterMemory({ points: quota.requests, duration: quota.windowSeconds });
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const subject = http.getRequest<FastifyRequest>().caller?.subject ?? 'anonymous';
    const state = await this.limiter.consume(subject).catch((refusal: unknown) => refusal as RateLimiterRes);
    const headers = this.headers(state);
    // Refused is told from accepted by count: the library resolves to and rejects with the same class.
    if (state.consumedPoints > this.quota.requests) {
      throw new Problem('too-many-requests', `over ${this.quota.requests} requests in ${this.quota.windowSeconds} s`, {
        headers: { ...headers, 'retry-after': headers['ratelimit-reset'] },
      });
    }
    void http.getResponse<FastifyReply>().headers(headers);
    return true;
  }

  private headers({ remainingPoints, msBeforeNext }: RateLimiterRes) {
    return {
      'ratelimit-limit': String(this.quota.requests),
      'ratelimit-remaining': String(Math.max(0, remainingPoints)),
      'ratelimit-reset': String(Math.max(1, Math.ceil(msBeforeNext / 1_000))),
    };
  }
}
