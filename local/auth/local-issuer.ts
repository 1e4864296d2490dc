import { join } from 'node:path';
import { ROLES } from '#libs/orders';
import { localScript } from '../processes/local-script.ts';
import type { WriteLine } from '../processes/supervised-process.ts';

const READY_TIMEOUT_MS = 30_000;

export const audience = 'orders-api';
export const issuerUrl = (port: number): string => `http://127.0.0.1:${port}`;
export const jwksUrl = (port: number): string => `${issuerUrl(port)}/.well-known/jwks.json`;
export const pricingJwksUrl = (port: number): string => `${issuerUrl(port)}/.well-known/pricing-jwks.json`;
export const quoteUrl = (port: number): string => `${issuerUrl(port)}/quote`;
export const tokenUrl = (port: number): string => `${issuerUrl(port)}/token`;

export type LocalIssuer = Awaited<ReturnType<typeof startLocalIssuer>>;

/** Starts the token issuer as a process of its own. */
export async function startLocalIssuer(options: {
  port: number;
  write?: WriteLine | undefined;
  signal?: AbortSignal | undefined;
}) {
  const { port, write = () => undefined, signal } = options;
  const file = join(import.meta.dirname, 'token-issuer.ts');
  const script = localScript({ name: 'token-issuer', file, env: { AUTH_PORT: String(port) }, write });
  try {
    await script.begin(READY_TIMEOUT_MS, signal);
  } catch (error) {
    await script.stop();
    throw error;
  }
  return {
    /** The variables with which the api trusts its tokens and quotes. */
    env: issuerEnvironment(port),
    /** Requests a token, which is valid for twelve hours. */
    token: (sub: string, ...roles: string[]) => requestToken(port, { sub, roles }),
    /** Requests a quote. */
    quote: (sub: string, order: object, seconds?: number) => requestQuote(port, { sub, order, seconds }),
    stop: () => script.stop(),
  };
}

export function issuerEnvironment(port: number) {
  return {
    AUTH_ISSUER: issuerUrl(port),
    AUTH_AUDIENCE: audience,
    AUTH_JWKS_URL: jwksUrl(port),
    PRICING_JWKS_URL: pricingJwksUrl(port),
  };
}

export interface TokenRequest {
  /** The customer that the token is for. */
  readonly sub: string;
  readonly roles: readonly string[];
}

/** The error in a request for a token; undefined when it is valid. */
export function tokenRequestError(request: unknown): string | undefined {
  const { sub, roles: requested } = (request ?? {}) as Record<string, unknown>;
  if (typeof sub !== 'string' || sub === '') return 'sub must be a non-empty string';
  if (!Array.isArray(requested) || requested.length === 0) return `roles must name one or more of ${ROLES.join(', ')}`;
  const unknown = requested.filter((role) => !(ROLES as readonly unknown[]).includes(role));
  return unknown.length === 0 ? undefined : `unknown role ${unknown.join(', ')}: the roles are ${ROLES.join(', ')}`;
}

export interface QuoteRequest {
  /** The customer that the quote is for. */
  readonly sub: string;
  /** The order whose prices are signed. */
  readonly order: object;
  /** How long the quote is valid. Default: as long as a token. */
  readonly seconds?: number | undefined;
}

/** The error in a request for a quote; undefined when it is valid. */
export function quoteRequestError(request: unknown): string | undefined {
  const { sub, order, seconds = 1 } = (request ?? {}) as Record<string, unknown>;
  if (typeof sub !== 'string' || sub === '') return 'sub must be a non-empty string';
  if (!Number.isSafeInteger(seconds)) return 'seconds must be a whole number';
  const { lineItems } = (order ?? {}) as Record<string, unknown>;
  return Array.isArray(lineItems) ? undefined : 'order must be an order with lineItems, as JSON';
}

/** Requests a token from the issuer on this port. */
export function requestToken(port: number, request: TokenRequest): Promise<string> {
  return requestSigned(tokenUrl(port), request, 'access_token');
}

/** Requests a quote from the issuer on this port, which also plays the shop's pricing. */
export function requestQuote(port: number, request: QuoteRequest): Promise<string> {
  return requestSigned(quoteUrl(port), request, 'quote');
}

async function requestSigned(url: string, request: object, field: 'access_token' | 'quote'): Promise<string> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(request) });
  const body = (await response.json()) as Partial<Record<typeof field | 'error_description', string>>;
  const { [field]: signed } = body;
  if (!response.ok || signed === undefined) throw new Error(body.error_description ?? `no ${field}`);
  return signed;
}
