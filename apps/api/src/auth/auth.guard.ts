import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#libs/orders';
import { Problem, unavailable } from '../http/problem.ts';
import { InvalidTokenError } from './signed-claims.ts';
import { TokenVerifier } from './token-verifier.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Caller;
  }
}

/** Admits requests with a valid bearer token (RFC 6750) and sets their caller. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly tokens: TokenVerifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    // Every answer to a caller may have personal data. Documents that never change replace this header.
    void http.getResponse<FastifyReply>().header('cache-control', 'private, no-store');
    const token = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw unauthenticated('expected an Authorization header with a Bearer token', 'Bearer realm="orders"');
    request.caller = await this.verified(token);
    return true;
  }

  private async verified(token: string): Promise<Caller> {
    try {
      return await this.tokens.verify(token);
    } catch (error) {
      if (!(error instanceof InvalidTokenError)) throw unavailable('tokens cannot be checked now', error);
      const description = error.message.replaceAll(/[^\x20-\x7e]|["\\]/g, "'");
      throw unauthenticated(
        error.message,
        `Bearer realm="orders", error="invalid_token", error_description="${description}"`,
      );
    }
  }
}

function unauthenticated(detail: string, challenge: string): Problem {
  return new Problem('unauthenticated', detail, { headers: { 'www-authenticate': challenge } });
}
