import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../http/problem.ts';

/**
 * A quota for each caller, counted in this process: callers of n instances may have n times as much. Memory is bounded
 * by the callers of one window, who all hold a token of the issuer. Runs after the auth guard.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(private readonly limiter: RateLimiterMemory) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { points, duration } = this.limiter;
    const http = context.switchToHttp();
    const subject = http.getRequest<FastifyRequest>().caller?.subject ?? 'anonymous';
    const state = await this.limiter.consume(subject).catch((refusal: unknown) => refusal as RateLimiterRes);
    const headers = {
      'ratelimit-limit': String(points),
      'ratelimit-remaining': String(Math.max(0, state.remainingPoints)),
      'ratelimit-reset': String(Math.max(1, Math.ceil(state.msBeforeNext / 1_000))),
    };
    // The library resolves to and rejects with the same class: only the count says that a request is refused.
    if (state.consumedPoints > points) {
      throw new Problem('too-many-requests', `over ${points} requests in ${duration} s`, {
        headers: { ...headers, 'retry-after': headers['ratelimit-reset'] },
      });
    }
    void http.getResponse<FastifyReply>().headers(headers);
    return true;
  }
}
