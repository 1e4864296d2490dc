import { type DynamicModule, Module } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { CUSTOMER_ROLES, ROLES, STAFF_ROLES } from '#libs/orders';
import type { Telemetry } from '#libs/service';
import type { ApiConfig } from '../api.config.ts';
import { Quota } from './quota.ts';
import { type IssuerRules, type TokenRules, TokenVerifier } from './token-verifier.ts';

/** Tokens, permissions and quotas of callers. */
@Module({})
export class AuthModule {
  static with(config: ApiConfig, { logger }: Telemetry<'api'>): DynamicModule {
    const quota = { points: config.RATE_LIMIT_REQUESTS, duration: config.RATE_LIMIT_WINDOW_SECONDS };
    const providers = [
      { provide: TokenVerifier, useValue: new TokenVerifier(tokenRulesOf(config), logger) },
      { provide: Quota, useValue: new Quota(new RateLimiterMemory(quota)) },
    ];
    return { module: AuthModule, global: true, providers, exports: providers };
  }
}

function tokenRulesOf(config: ApiConfig): TokenRules {
  return {
    issuers: issuersOf(config),
    audienceClaim: config.AUTH_AUDIENCE_CLAIM,
    rolesClaim: config.AUTH_ROLES_CLAIM,
    ...(config.AUTH_ROLE_SCOPE_PREFIX && { roleScopePrefix: config.AUTH_ROLE_SCOPE_PREFIX }),
  };
}

/** A single issuer gives every role. With an issuer of their own for staff and services, each gives only its roles. */
function issuersOf(config: ApiConfig): IssuerRules[] {
  const { AUTH_STAFF_ISSUER, AUTH_STAFF_AUDIENCE = [], AUTH_STAFF_JWKS_URL = '' } = config;
  const first = { issuer: config.AUTH_ISSUER, audiences: config.AUTH_AUDIENCE, jwksUrl: config.AUTH_JWKS_URL };
  if (!AUTH_STAFF_ISSUER) return [{ ...first, roles: ROLES }];
  const staff = { issuer: AUTH_STAFF_ISSUER, audiences: AUTH_STAFF_AUDIENCE, jwksUrl: AUTH_STAFF_JWKS_URL };
  return [
    { ...first, roles: CUSTOMER_ROLES },
    { ...staff, roles: STAFF_ROLES },
  ];
}
