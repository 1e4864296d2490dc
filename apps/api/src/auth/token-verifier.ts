import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Caller, type Role, ROLES } from '#libs/orders';
import { VerifiedCallers } from './verified-callers.ts';

export interface TokenRules {
  issuer: string;
  /** A token needs one of these. */
  audiences: readonly string[];
  /** `aud`, or where the issuer says for whom a token is: `client_id` for the access tokens of Cognito. */
  audienceClaim: string;
  jwksUrl: string;
  /** Lists the roles of a caller. */
  rolesClaim: string;
  /** A scope that begins so is a role: `orders/fulfillment` with `orders/`. Without it no scope is one. */
  roleScopePrefix?: string;
}

/** The token is not one that lets a caller in; the message may be shown. */
export class InvalidTokenError extends Error {
  override name = 'InvalidTokenError';
}

/** The issuer's keys could not be had, so nothing is known of the token. */
export class IssuerUnavailableError extends Error {
  override name = 'IssuerUnavailableError';
}

/** Asymmetric only: a shared secret or `none` would let a caller sign for itself. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** A key that the issuer has withdrawn is refused after this; a new one is fetched as soon as a token names it. */
const KEY_REFRESH_MS = 300_000;
/** Between the clocks of the issuer and ours. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** An id of the issuer's; it becomes part of the order and of a cursor. */
const SUBJECT = /^[\x21-\x7e]{1,128}$/;

export class TokenVerifier {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;
  private readonly verified = new VerifiedCallers();

  constructor(private readonly rules: TokenRules) {
    this.keys = createRemoteJWKSet(new URL(rules.jwksUrl), {
      timeoutDuration: 1_000,
      cooldownDuration: 5_000,
      // An issuer that is down must not stop intake: keys stay until a refresh has brought newer ones.
      cacheMaxAge: Number.POSITIVE_INFINITY,
    });
    setInterval(() => void this.refreshKeys(), KEY_REFRESH_MS).unref();
  }

  /** @throws InvalidTokenError or IssuerUnavailableError */
  async verify(token: string): Promise<Caller> {
    const known = this.verified.find(token);
    if (known) return known;
    const claims = await this.claims(token);
    const caller = this.callerOf(claims);
    this.verified.add(token, caller, validUntilMs(claims));
    return caller;
  }

  /** Whether the issuer's keys are there; fetches them when not. */
  async probe(): Promise<void> {
    if (!this.keys.jwks()) await this.keys.reload();
  }

  private async refreshKeys(): Promise<void> {
    try {
      await this.keys.reload();
      this.verified.clear();
    } catch {
      // The issuer does not answer: what it said last still holds.
    }
  }

  private callerOf(claims: JWTPayload): Caller {
    const { sub, token_use: use = 'access' } = claims;
    if (!sub || !SUBJECT.test(sub)) throw new InvalidTokenError('the token has no usable sub');
    // Cognito's id token is for the shop's page, and of the same issuer and keys.
    if (use !== 'access') throw new InvalidTokenError('expected an access token');
    this.mustBeForUs(claims);
    const given = this.rolesGiven(claims);
    return { subject: sub, roles: ROLES.filter((role: Role) => given.includes(role)) };
  }

  private mustBeForUs({ [this.rules.audienceClaim]: audience }: JWTPayload): void {
    const { audiences, audienceClaim } = this.rules;
    if (!listed(audience).some((one) => audiences.includes(one as string)))
      throw new InvalidTokenError(`unexpected "${audienceClaim}" claim value`);
  }

  private rolesGiven({ [this.rules.rolesClaim]: roles, scope }: JWTPayload): unknown[] {
    const { roleScopePrefix: prefix } = this.rules;
    const given: unknown[] = Array.isArray(roles) ? roles : [];
    if (!prefix || typeof scope !== 'string') return given;
    const scopes = scope.split(' ').filter((one) => one.startsWith(prefix));
    return [...given, ...scopes.map((one) => one.slice(prefix.length))];
  }

  private async claims(token: string): Promise<JWTPayload> {
    const verifyOptions = {
      issuer: this.rules.issuer,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'sub'],
    };
    try {
      return (await jwtVerify(token, this.keys as JWTVerifyGetKey, verifyOptions)).payload;
    } catch (cause) {
      throw isInvalidToken(cause)
        ? new InvalidTokenError((cause as Error).message, { cause })
        : new IssuerUnavailableError('the keys of the token issuer cannot be read', { cause });
    }
  }
}

/** `exp` is required. */
function validUntilMs({ exp = 0 }: JWTPayload): number {
  return (exp + CLOCK_TOLERANCE_SECONDS) * 1_000;
}

/** `aud` is one value or a list. */
function listed(claim: unknown): unknown[] {
  return Array.isArray(claim) ? claim : [claim];
}

/** jose throws its base class, or passes on what fetch threw, when the key set cannot be fetched. */
function isInvalidToken(error: unknown): boolean {
  return (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    error.code !== 'ERR_JOSE_GENERIC'
  );
}
