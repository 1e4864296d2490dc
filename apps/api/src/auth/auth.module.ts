import { Module } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { ApiConfig } from '../api.config.ts';
import { type TokenRules, TokenVerifier } from './token-verifier.ts';

/** The providers that the guards of `CallersOnly` share: each module creates its own guards. */
@Module({
  providers: [
    {
      provide: TokenVerifier,
      inject: [ApiConfig],
      useFactory: (config: ApiConfig) => new TokenVerifier(rulesOf(config)),
    },
    {
      provide: RateLimiterMemory,
      inject: [ApiConfig],
      useFactory: ({ RATE_LIMIT_REQUESTS: points, RATE_LIMIT_WINDOW_SECONDS: duration }: ApiConfig) =>
        new RateLimiterMemory({ points, duration }),
    },
  ],
  exports: [TokenVerifier, RateLimiterMemory],
})
export class AuthModule {}

function rulesOf(config: ApiConfig): TokenRules {
  return {
    issuer: config.AUTH_ISSUER,
    audiences: config.AUTH_AUDIENCE,
    audienceClaim: config.AUTH_AUDIENCE_CLAIM,
    jwksUrl: config.AUTH_JWKS_URL,
    rolesClaim: config.AUTH_ROLES_CLAIM,
    ...(config.AUTH_ROLE_SCOPE_PREFIX && { roleScopePrefix: config.AUTH_ROLE_SCOPE_PREFIX }),
  };
}
