import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Caller, type Role, ROLES } from '#libs/orders';
import { VerifiedCallers } from './verified-callers.ts';

export interface TokenRules {
  issuer: string;
  /** A token must have one of these. */
  audiences: readonly string[];
  /** The claim with the audience: `aud`, or `client_id` for the access tokens of Cognito. */
  audienceClaim: string;
  jwksUrl: string;
  /** The claim that lists the roles. */
  rolesClaim: string;
  /** A scope with this prefix is a role: `orders/fulfillment` with `orders/`. Without a prefix, scopes are ignored. */
  roleScopePrefix?: string;
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
/** A withdrawn key is refused after this time at the latest; a new key is fetched as soon as a token names it. */
const KEY_REFRESH_MS = 300_000;
/** The tolerated difference between the clocks of the issuer and the api. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** The subject becomes part of the order and of a cursor. */
const SUBJECT = /^[\x21-\x7e]{1,128}$/;

export class TokenVerifier {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;
  private readonly verified = new VerifiedCallers();

  constructor(private readonly rules: TokenRules) {
    this.keys = createRemoteJWKSet(new URL(rules.jwksUrl), {
      timeoutDuration: 1_000,
      cooldownDuration: 5_000,
      // An issuer that is down must not stop the api: keys stay until a refresh succeeds.
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

  /** Fetches the issuer's keys unless they are known; rejects when that fails. */
  async probe(): Promise<void> {
    if (!this.keys.jwks()) await this.keys.reload();
  }

  private async refreshKeys(): Promise<void> {
    try {
      await this.keys.reload();
      this.verified.clear();
    } catch {
      // The issuer does not answer: its last keys stay valid.
    }
  }

  private callerOf(claims: JWTPayload): Caller {
    const { sub, token_use: use = 'access' } = claims;
    if (!sub || !SUBJECT.test(sub)) throw new InvalidTokenError('the token has no usable sub');
    // Cognito's id token has the same issuer and keys, but is meant for the shop's page.
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

/** When the key set cannot be fetched, jose throws its base class or the error of fetch. */
function isInvalidToken(error: unknown): boolean {
  return (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    error.code !== 'ERR_JOSE_GENERIC'
  );
}
