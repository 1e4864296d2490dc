import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Endpoint } from './endpoints.ts';
import { allowedAddresses, type Resolve } from './public-address.ts';

/** Nobody reads the answer. It is received up to this size, so that the endpoint's server sees no broken connection. */
const MAX_ANSWER_BYTES = 65_536;
/** As long as an event is retried. */
const MAX_RETRY_AFTER_MS = 3 * 86_400_000;

export interface Connecting {
  readonly resolve: Resolve;
  readonly allowLoopback: boolean;
  /** The time for name, connection, request and answer. */
  readonly attemptTimeoutMs: number;
}

export interface Answer {
  /** 0: there was none. */
  readonly status: number;
  /** How long the endpoint wants no request, in milliseconds; 0 if it does not say so. */
  readonly retryAfterMs: number;
  /** Why there was no status. */
  readonly reason?: string;
}

/**
 * Posts an event with a Standard Webhooks signature. Redirects are not followed. Each request has a connection of its own, to an
 * address that was checked: the name is not resolved a second time.
 *
 * @throws Error when no status was received in time
 */
export async function postWebhook(
  { url, key }: Endpoint,
  { webhookId, body, nowMs }: { webhookId: string; body: string; nowMs: number },
  { resolve, allowLoopback, attemptTimeoutMs }: Connecting,
): Promise<Answer> {
  const signal = AbortSignal.timeout(attemptTimeoutMs);
  const addresses = await allowedAddresses(url, resolve, allowLoopback);
  const lookup: LookupFunction = (_hostname, { all }, callback) => {
    if (all) callback(null, addresses);
    else callback(null, addresses[0]!.address, addresses[0]!.family);
  };
  const timestamp = Math.floor(nowMs / 1000);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'fargate-orders-webhooks/1',
    'webhook-id': webhookId,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${createHmac('sha256', key).update(`${webhookId}.${timestamp}.${body}`).digest('base64')}`,
  };
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const sent = request(url, { method: 'POST', headers, lookup, signal, agent: false });
  // Without a listener, an error after the status would end the process.
  sent.on('error', () => undefined);
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.end(body);
  const [response] = await answered.catch((error: Error) => {
    throw signal.aborted ? new Error('it did not answer in time', { cause: error }) : error;
  });
  await receiveSome(response);
  const { statusCode = 0, headers: received } = response;
  return { status: statusCode, retryAfterMs: retryAfterMs(received['retry-after'], nowMs) };
}

async function receiveSome(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length;
      // Leaving the loop closes the connection.
      if (bytes > MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status has arrived, and it decides.
  }
}

/** Reads `Retry-After`: seconds, or the date of HTTP. */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const untilMs = /^\d+$/.test(header) ? nowMs + Number(header) * 1000 : Date.parse(header);
  return Math.min(Math.max(0, untilMs - nowMs || 0), MAX_RETRY_AFTER_MS);
}
