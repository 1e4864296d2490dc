import { decodeJwt, type JWTPayload } from 'jose';
import { type Caller, type Role, SERVICE_ROLES } from '#libs/orders';
import type { Logger } from '#libs/service';
import { CLOCK_TOLERANCE_SECONDS, InvalidTokenError, SignedClaims } from './signed-claims.ts';
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
  tokens: SignedClaims;
}

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** The subject becomes part of the order and of a cursor. */
const SUBJECT = /^[\x21-\x7e]{1,128}$/;

export class TokenVerifier {
  private readonly issuers: readonly Issuer[];
  private readonly verified = new VerifiedCallers();

  constructor(
    private readonly rules: TokenRules,
    logger: Logger,
  ) {
    const signer = { what: 'token', signer: 'issuer', algorithms: ALGORITHMS, logger } as const;
    const onRefresh = () => this.verified.clear();
    this.issuers = rules.issuers.map((issuer) => {
      return { ...issuer, tokens: new SignedClaims({ ...signer, jwksUrl: issuer.jwksUrl, onRefresh }) };
    });
  }

  /** @throws InvalidTokenError or KeysUnavailableError */
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
    await (this.issuers as [Issuer])[0].tokens.probe();
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
    const named = issuerOf(token);
    const issuer = this.issuers.find((one) => one.issuer === named);
    if (!issuer) throw new InvalidTokenError('unexpected "iss" claim value');
    return { claims: await issuer.tokens.verify(token, { issuer: issuer.issuer }), issuer };
  }
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch (cause) {
    throw new InvalidTokenError((cause as Error).message, { cause });
  }
}

/** `exp` is required. */
function validUntilMs({ exp = 0 }: JWTPayload): number {
  return (exp + CLOCK_TOLERANCE_SECONDS) * 1_000;
}

/** The values of a claim that is one value or a list. */
function listed(claim: unknown): unknown[] {
  return Array.isArray(claim) ? claim : [claim];
}
