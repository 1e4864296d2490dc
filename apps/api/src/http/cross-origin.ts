import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** What an operation or the trace reads, beside what a form could send. */
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'Last-Event-ID',
  'Prefer',
  'traceparent',
];

const RESPONSE_HEADERS = [
  'Content-Disposition',
  'ETag',
  'Idempotency-Replayed',
  'Location',
  'Preference-Applied',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'Trace-Id',
  'WWW-Authenticate',
];

/** The longest that Chrome keeps an answer to a preflight; Firefox keeps it for up to a day. */
const PREFLIGHT_SECONDS = 7_200;

/**
 * Lets pages of these origins call from a browser (https://fetch.spec.whatwg.org/#http-cors-protocol). Without
 * credentials: a page sends its token itself. After the trace, so that a preflight has one too.
 */
export function letPagesCall(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  void server.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: RESPONSE_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    // The plugin answers a strict preflight that is invalid in plain text.
    strictPreflight: false,
  });
}
