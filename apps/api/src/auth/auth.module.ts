import { type DynamicModule, Module } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { ApiConfig } from '../api.config.ts';
import { Quota } from './quota.ts';
import { type TokenRules, TokenVerifier } from './token-verifier.ts';

/** Tokens, permissions and quotas of callers. */
@Module({})
export class AuthModule {
  static with(config: ApiConfig): DynamicModule {
    const quota = { points: config.RATE_LIMIT_REQUESTS, duration: config.RATE_LIMIT_WINDOW_SECONDS };
    const providers = [
      { provide: TokenVerifier, useValue: new TokenVerifier(tokenRulesOf(config)) },
      { provide: Quota, useValue: new Quota(new RateLimiterMemory(quota)) },
    ];
    return { module: AuthModule, global: true, providers, exports: providers };
  }
}

function tokenRulesOf(config: ApiConfig): TokenRules {
  return {
    issuer: config.AUTH_ISSUER,
    audiences: config.AUTH_AUDIENCE,
    audienceClaim: config.AUTH_AUDIENCE_CLAIM,
    jwksUrl: config.AUTH_JWKS_URL,
    rolesClaim: config.AUTH_ROLES_CLAIM,
    ...(config.AUTH_ROLE_SCOPE_PREFIX && { roleScopePrefix: config.AUTH_ROLE_SCOPE_PREFIX }),
  };
}
