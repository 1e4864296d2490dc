/** Whose tokens the api accepts: what its `AUTH_…` variables say. */
export interface TokenIssuer {
  /** `iss` of the tokens. */
  readonly issuer: string;
  /** `aud` of the tokens. */
  readonly audience: string;
  readonly jwksUrl: string;
  /** The claim that lists a caller's roles. */
  readonly rolesClaim: string;
}
