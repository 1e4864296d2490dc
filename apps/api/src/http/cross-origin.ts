import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** The request headers that operations and tracing read and that browsers do not send without permission. */
const REQUEST_HEADERS = [
  'Authorization',
  'baggage',
  // Clients of event streams send it.
  'Cache-Control',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'traceparent',
  'tracestate',
];

const RESPONSE_HEADERS = [
  'Cache-Control',
  'Content-Disposition',
  'ETag',
  'Idempotency-Replayed',
  'Location',
  'Preference-Applied',
  'RateLimit-Cost',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'Trace-Id',
  'WWW-Authenticate',
];

/** Chrome caches a preflight answer at most this long; Firefox up to a day. */
const PREFLIGHT_SECONDS = 7_200;

/**
 * Allows pages of these origins to call the api from a browser (https://fetch.spec.whatwg.org/#http-cors-protocol), without
 * credentials: a page sends its token itself. Call it after `observeRequests`, so that preflights are traced too.
 */
export function allowPages(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  void server.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: RESPONSE_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    // With strictPreflight, the plugin answers an invalid preflight in plain text.
    strictPreflight: false,
  });
}

/** What `allowPages` adds to answers, for those before Fastify. Returns the headers for the `Origin` of a request. */
export function headersForPages(origins: readonly string[]) {
  return (origin = ''): Record<string, string> =>
    origins.includes(origin)
      ? {
          'access-control-allow-origin': origin,
          'access-control-expose-headers': RESPONSE_HEADERS.join(', '),
          vary: 'Origin',
        }
      : {};
}
