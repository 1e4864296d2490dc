import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Starts } from './turns.ts';

/** No subject contains a blank. */
export const ANONYMOUS = 'anonymous caller';
/** A page of `/docs` loads seven files. */
const PAGES_AT_A_TIME = 16;

/**
 * Lets requests that nobody's quota pays for wait like those of one caller: without a token, and of pages without tokens.
 * A flood of them must not fail health checks, nor the preflight requests of browsers, which have no token either.
 */
export function spreadAnonymousRequests(server: FastifyInstance, starts: Starts): void {
  server.addHook('onRequest', async (request, reply) => {
    const { url = '' } = request.routeOptions;
    const isOfCallers = url.startsWith('/v1/');
    if (isOfCallers && request.headers.authorization) return;
    const line = lineOf(request, url);
    await starts.next(line).catch((error: unknown) => {
      if (line === ANONYMOUS) throw error;
    });
    // Only pages are large: a client that does not read a small answer holds up nothing.
    if (line === ANONYMOUS && !isOfCallers) await starts.hold(line, PAGES_AT_A_TIME, reply);
  });
}

function lineOf({ method }: FastifyRequest, url: string): string {
  if (method === 'OPTIONS') return 'preflight request';
  return url.startsWith('/health/') ? 'health check' : ANONYMOUS;
}
