import { ROLES } from '#libs/orders';

export const audience = 'orders-api';

/** Who a token is for. */
export interface TokenRequest {
  readonly sub: string;
  readonly roles: readonly string[];
}

export const issuerUrl = (port: number): string => `http://127.0.0.1:${port}`;
export const jwksUrl = (port: number): string => `${issuerUrl(port)}/.well-known/jwks.json`;
export const tokenUrl = (port: number): string => `${issuerUrl(port)}/token`;

/** What is wrong with a request for a token, if anything. */
export function tokenRequestFault(request: unknown): string | undefined {
  const { sub, roles: asked } = (request ?? {}) as Record<string, unknown>;
  if (typeof sub !== 'string' || sub === '') return 'sub must be a non-empty string';
  if (!Array.isArray(asked) || asked.length === 0) return `roles must name one or more of ${ROLES.join(', ')}`;
  const unknown = asked.filter((role) => !(ROLES as readonly unknown[]).includes(role));
  return unknown.length === 0 ? undefined : `unknown role ${unknown.join(', ')}: the roles are ${ROLES.join(', ')}`;
}

/** A token of the issuer that runs on this port. */
export async function requestToken(port: number, request: TokenRequest): Promise<string> {
  const response = await fetch(tokenUrl(port), { method: 'POST', body: JSON.stringify(request) });
  const body = (await response.json()) as { access_token?: string; error_description?: string };
  if (!response.ok || body.access_token === undefined) throw new Error(body.error_description ?? 'no token');
  return body.access_token;
}
