/** Whose tokens the api accepts: what its `AUTH_…` variables say. */
export interface TokenIssuer {
  /** `iss` of the tokens. */
  readonly issuer: string;
  /** For whom the tokens are, separated by commas; one of them is enough. */
  readonly audience: string;
  /** The claim that says so; `aud` if left out. */
  readonly audienceClaim?: string;
  readonly jwksUrl: string;
  /** The claim that lists a caller's roles. */
  readonly rolesClaim: string;
  /** Scopes that begin so are roles; none is if left out. */
  readonly roleScopePrefix?: string;
  /** All that a load balancer can verify: signed with RS256, at most 10 keys, 150 KB of them. */
  readonly rs256?: boolean;
}
