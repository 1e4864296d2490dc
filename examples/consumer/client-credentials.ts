import { required } from './queue-consumer.ts';

/** A token is renewed when this part of its life is left, so that none expires on its way. */
const RENEW_BEFORE_MS = 60_000;

/**
 * Gets tokens by OAuth's client credentials grant, and keeps each until it expires soon.
 *
 * Variables: `TOKEN_URL`, `CLIENT_ID`, `CLIENT_SECRET`, `SCOPE`. The defaults of the last three suit the issuer of `npm start`, whose
 * scopes are roles.
 */
export function clientCredentials(role: string, client = role): (refresh: boolean) => Promise<string> {
  const url = required('TOKEN_URL');
  const { CLIENT_ID = client, CLIENT_SECRET = '', SCOPE = role } = process.env;
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    scope: SCOPE,
  });
  let current = { token: '', renewAt: 0 };
  return async (refresh) => {
    if (refresh || Date.now() >= current.renewAt) {
      const { access_token, expires_in = 0 } = await request(url, body);
      current = { token: access_token, renewAt: Date.now() + expires_in * 1_000 - RENEW_BEFORE_MS };
    }
    return current.token;
  };
}

async function request(url: string, body: URLSearchParams): Promise<{ access_token: string; expires_in?: number }> {
  try {
    const response = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as { access_token: string; expires_in?: number };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    throw new Error(`no token from ${url}: ${cause?.message ?? message}`, { cause: error });
  }
}
