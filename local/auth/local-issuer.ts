import type { WriteLine } from '../processes/line-log.ts';
import { localScript } from '../processes/local-script.ts';
import { audience, issuerUrl, jwksUrl, requestToken } from './token-request.ts';

const READY_TIMEOUT_MS = 30_000;

export interface LocalIssuer {
  /** What the api needs to trust its tokens. */
  readonly env: { readonly AUTH_ISSUER: string; readonly AUTH_AUDIENCE: string; readonly AUTH_JWKS_URL: string };
  /** A token valid for twelve hours. */
  token(sub: string, ...roles: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the token issuer as a process of its own. */
export async function startLocalIssuer(options: {
  port: number;
  write?: WriteLine;
  signal?: AbortSignal;
}): Promise<LocalIssuer> {
  const { port, write = () => undefined, signal } = options;
  const env = { AUTH_PORT: String(port) };
  const script = localScript({ name: 'token-issuer', path: 'auth/token-issuer.ts', env, write });
  try {
    await script.begin(READY_TIMEOUT_MS, signal);
  } catch (error) {
    await script.stop();
    throw error;
  }
  return {
    env: { AUTH_ISSUER: issuerUrl(port), AUTH_AUDIENCE: audience, AUTH_JWKS_URL: jwksUrl(port) },
    token: (sub, ...roles) => requestToken(port, { sub, roles }),
    stop: () => script.stop(),
  };
}
