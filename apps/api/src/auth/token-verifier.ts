import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { type Caller, type Role, SERVICE_ROLES } from '#libs/orders';
import type { Logger } from '#libs/service';
import { VerifiedCallers } from './verified-callers.ts';

/** An issuer of tokens, and the roles that it may give. */
export interface IssuerRules {
  issuer: string;
  /** A token must have one of these. */
  audiences: readonly string[];
  jwksUrl: string;
  /** No claim and no scope of its tokens gives another role. */
  roles: readonly Role[];
}

export interface TokenRules {
  /** The first is the issuer of customers' tokens, without which the api is not ready. */
  issuers: readonly IssuerRules[];
  /** The claim with the audience: `aud`, or `client_id` for the access tokens of Cognito. */
  audienceClaim: string;
  /** The claim with the roles: a list, or one role. */
  rolesClaim: string;
  /** A scope with this prefix is a role of services: `orders/fulfillment` with `orders/`. Without a prefix, scopes are ignored. */
  roleScopePrefix?: string;
}

interface Issuer extends IssuerRules {
  keys: ReturnType<typeof createRemoteJWKSet>;
}

/** The token is not valid here; the message may be shown to the caller. */
export class InvalidTokenError extends Error {
  override name = 'InvalidTokenError';
}

/** The issuer's keys could not be read, so the token cannot be checked. */
export class IssuerUnavailableError extends Error {
  override name = 'IssuerUnavailableError';
}

/** Only asymmetric algorithms: with a shared secret or `none`, a caller could sign tokens. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** The types of their keys. */
const KEY_TYPES = ['RSA', 'EC', 'OKP'];
/** A withdrawn key is refused after this time at the latest; a new key is fetched as soon as a token names it. */
const KEY_REFRESH_MS = 300_000;
/** The tolerated difference between the clocks of the issuer and the api. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** The subject becomes part of the order and of a cursor. */
const SUBJECT = /^[\x21-\x7e]{1,128}$/;

export class TokenVerifier {
  private readonly issuers: readonly Issuer[];
  private readonly verified = new VerifiedCallers();

  constructor(
    private readonly rules: TokenRules,
    private readonly logger: Logger,
  ) {
    this.issuers = rules.issuers.map((issuer) => ({
      ...issuer,
      keys: createRemoteJWKSet(new URL(issuer.jwksUrl), {
        timeoutDuration: 1_000,
        cooldownDuration: 5_000,
        // An issuer that is down must not stop the api: keys stay until a refresh succeeds.
        cacheMaxAge: Number.POSITIVE_INFINITY,
        [customFetch]: fetchKeys,
      }),
    }));
    setInterval(() => this.issuers.forEach((issuer) => void this.refreshKeys(issuer)), KEY_REFRESH_MS).unref();
  }

  /** @throws InvalidTokenError or IssuerUnavailableError */
  async verify(token: string): Promise<Caller> {
    const known = this.verified.find(token);
    if (known) return known;
    const { claims, issuer } = await this.claimsOf(token);
    const caller = this.callerOf(claims, issuer);
    this.verified.add(token, caller, validUntilMs(claims));
    return caller;
  }

  /** Fetches the keys of the customers' issuer unless they are known; rejects when that fails. */
  async probe(): Promise<void> {
    const [{ keys }] = this.issuers as [Issuer];
    if (!keys.jwks()) await keys.reload();
  }

  private async refreshKeys({ keys, issuer }: Issuer): Promise<void> {
    try {
      await keys.reload();
      this.verified.clear();
    } catch (error) {
      // The last keys stay valid.
      this.logger.warn({ issuer, err: error }, 'issuer_keys_not_refreshed');
    }
  }

  private callerOf(claims: JWTPayload, issuer: Issuer): Caller {
    const { sub, token_use: use = 'access' } = claims;
    // A sub is unique only within its issuer.
    const subject = issuer === this.issuers[0] ? (sub ?? '') : `staff/${sub ?? ''}`;
    if (!sub || !SUBJECT.test(subject)) throw new InvalidTokenError('the token has no usable sub');
    // Cognito's id token has the same issuer and keys, but is meant for the shop's page.
    if (use !== 'access') throw new InvalidTokenError('expected an access token');
    const { audienceClaim } = this.rules;
    if (!listed(claims[audienceClaim]).some((one) => issuer.audiences.includes(one as string)))
      throw new InvalidTokenError(`unexpected "${audienceClaim}" claim value`);
    return { subject, roles: this.rolesOf(claims, issuer) };
  }

  private rolesOf({ [this.rules.rolesClaim]: listedRoles, scope }: JWTPayload, issuer: Issuer): Role[] {
    const { roleScopePrefix: prefix } = this.rules;
    const claimed = listed(listedRoles);
    const scopes = prefix && typeof scope === 'string' ? scope.split(' ') : [];
    const inScope = SERVICE_ROLES.filter((role) => scopes.includes(`${prefix}${role}`));
    return issuer.roles.filter((role) => [...claimed, ...inScope].includes(role));
  }

  /** The claims of a token whose signature, issuer and end are valid. */
  private async claimsOf(token: string): Promise<{ claims: JWTPayload; issuer: Issuer }> {
    try {
      const named = decodeJwt(token).iss;
      const issuer = this.issuers.find((one) => one.issuer === named);
      if (!issuer) throw new InvalidTokenError('unexpected "iss" claim value');
      const { payload } = await jwtVerify(token, issuer.keys as JWTVerifyGetKey, {
        issuer: issuer.issuer,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      return { claims: payload, issuer };
    } catch (cause) {
      if (cause instanceof InvalidTokenError) throw cause;
      throw isInvalidToken(cause)
        ? new InvalidTokenError(messageOf(cause as Error, token), { cause })
        : new IssuerUnavailableError('the keys of the token issuer cannot be read', { cause });
    }
  }
}

/**
 * Reads a key set. One without a usable key is an error of the issuer, not the withdrawal of all its keys, which would
 * refuse every caller.
 */
async function fetchKeys(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...request);
  if (!response.ok) return response;
  const { keys } = (await response.clone().json()) as { keys?: ({ kty?: unknown } | null)[] };
  if (keys?.some((key) => KEY_TYPES.includes(String(key?.kty)))) return response;
  throw new Error('the key set of the token issuer has no usable key');
}

/** Why the token is refused, with what the caller can do where that is not obvious. */
function messageOf(error: Error, token: string): string {
  if (error instanceof errors.JWTExpired) {
    const at = new Date(Math.max(0, error.payload.exp ?? 0) * 1_000).toISOString();
    return `the token expired at ${at}: get a new one`;
  }
  if (!(error instanceof errors.JWKSNoMatchingKey)) return error.message;
  // A token may have a number there.
  const { kid = 'without a kid' } = decodeProtectedHeader(token) as { kid?: unknown };
  return `the token's key ${String(kid).slice(0, 64)} is not among the issuer's keys: get a new token from the issuer`;
}

/** `exp` is required. */
function validUntilMs({ exp = 0 }: JWTPayload): number {
  return (exp + CLOCK_TOLERANCE_SECONDS) * 1_000;
}

/** The values of a claim that is one value or a list. */
function listed(claim: unknown): unknown[] {
  return Array.isArray(claim) ? claim : [claim];
}

/** When the key set cannot be fetched, jose throws its base class or the error of fetch. */
function isInvalidToken(error: unknown): boolean {
  return (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    error.code !== 'ERR_JOSE_GENERIC'
  );
}
