import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { type Role, ROLES } from '#libs/orders';
import type { ConsoleConfig } from '../console.config.ts';
import { SignInError } from '../http/shown-error.ts';
import type { Session } from './sessions.ts';

const TIMEOUT_MS = 5_000;
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

interface Discovery {
  jwks_uri: string;
  authorization_endpoint: string;
  token_endpoint: string;
}

/** What a sign-in has to remember until the person comes back from the issuer. */
export interface PendingSignIn {
  state: string;
  nonce: string;
  verifier: string;
  returnTo: string;
}

/** Signs people in: by a code with PKCE at the issuer of a stage, or with a click at the one for development. */
export class Issuer {
  private keys: ReturnType<typeof createRemoteJWKSet> | undefined;

  constructor(private readonly config: ConsoleConfig) {}

  get isForDevelopment(): boolean {
    return this.config.AUTH_CLIENT_ID === undefined;
  }

  /** Gets a token of the issuer for development. */
  async developmentSession(roles: readonly string[]): Promise<Session> {
    const { AUTH_JWKS_URL, AUTH_ISSUER } = this.config;
    const url = new URL('/token', AUTH_JWKS_URL ?? AUTH_ISSUER);
    const body = JSON.stringify({ sub: `dev-${roles[0]}`, roles });
    const { access_token: token = '' } = await answerOf<{ access_token?: string }>(url, { method: 'POST', body });
    return this.sessionOf(token);
  }

  /** The page of the issuer at which a person signs in, and what to remember until then. */
  async signInPage(redirectUri: string, returnTo: string): Promise<{ url: string; pending: PendingSignIn }> {
    const { authorization_endpoint } = await this.discovery();
    const pending = { state: random(), nonce: random(), verifier: random(), returnTo };
    const url = new URL(authorization_endpoint);
    const challenge = createHash('sha256').update(pending.verifier).digest('base64url');
    const query = {
      response_type: 'code',
      client_id: this.config.AUTH_CLIENT_ID ?? '',
      redirect_uri: redirectUri,
      scope: 'openid',
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return { url: url.href, pending };
  }

  /** Exchanges the code with which a person comes back. @throws SignInError */
  async session(answer: Record<string, string>, redirectUri: string, pending: PendingSignIn): Promise<Session> {
    if (answer['error']) throw new SignInError(`the issuer answers ${answer['error']}`);
    if (answer['state'] !== pending.state) throw new SignInError('the answer belongs to another sign-in');
    const client = this.config.AUTH_CLIENT_ID ?? '';
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code: answer['code'] ?? '',
      redirect_uri: redirectUri,
      client_id: client,
      code_verifier: pending.verifier,
    });
    const { token_endpoint } = await this.discovery();
    const tokens = await answerOf<Record<string, string>>(token_endpoint, { method: 'POST', body });
    const { nonce } = await this.claimsOf(tokens['id_token'] ?? '', client);
    if (nonce !== pending.nonce) throw new SignInError('the identity belongs to another sign-in');
    return this.sessionOf(tokens['access_token'] ?? '');
  }

  private async sessionOf(token: string): Promise<Session> {
    const { sub = '', exp = 0, [this.config.AUTH_ROLES_CLAIM]: claim } = await this.claimsOf(token);
    const claimed: readonly unknown[] = [claim].flat();
    const roles: Role[] = ROLES.filter((role) => claimed.includes(role));
    return { token, subject: sub, roles, expiresAtMs: exp * 1_000 };
  }

  private async claimsOf(token: string, audience?: string): Promise<JWTPayload> {
    this.keys ??= createRemoteJWKSet(new URL(this.config.AUTH_JWKS_URL ?? (await this.discovery()).jwks_uri));
    const rules = { issuer: this.config.AUTH_ISSUER, algorithms: ALGORITHMS, ...(audience && { audience }) };
    const { payload } = await jwtVerify(token, this.keys, rules).catch((cause: Error) => {
      // The issuer for development has new keys after each start.
      this.keys = undefined;
      throw new SignInError(`the token cannot be used: ${cause.message}`, { cause });
    });
    return payload;
  }

  private discovery(): Promise<Discovery> {
    return answerOf<Discovery>(`${this.config.AUTH_ISSUER.replace(/\/$/, '')}/.well-known/openid-configuration`);
  }
}

async function answerOf<Answer>(url: string | URL, init: RequestInit = {}): Promise<Answer> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return (await response.json()) as Answer;
    throw new Error(`it answers ${response.status}`);
  } catch (cause) {
    throw new SignInError(`the token issuer cannot be used: ${(cause as Error).message}`, { cause });
  }
}

function random(): string {
  return randomBytes(32).toString('base64url');
}
