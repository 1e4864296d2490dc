import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assets } from '../view/assets.ts';

/** No page runs a script that is not a file of ours, sends a form elsewhere, or is shown within another page. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
  'content-type': 'text/html; charset=utf-8',
} as const;

/** The names of this machine. A page of another site that resolves its own name to this machine is refused. */
const OWN_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
const compressed = promisify(gzip);
const YEAR_SECONDS = 31_536_000;
/** Where an api of this machine reports its metrics: the path of OTLP over HTTP. */
export const REPORTS_PATH = '/v1/metrics';

/** Headers, the protection against forged requests, compression and the files of pages. */
export function prepareServer(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS);
    if (!OWN_HOSTS.has(request.hostname)) return refuse(reply, 'This console answers only as localhost.');
    return isForged(request) ? refuse(reply, 'Another site sent this form.') : undefined;
  });
  // Only the field `order` of a form is repeated. Of any other name, the last value counts.
  server.addHook('preValidation', async ({ query, body, url }) => {
    if (url === REPORTS_PATH) return;
    for (const values of [query, body] as Record<string, unknown>[])
      for (const [name, value] of Object.entries(values ?? {}))
        if (Array.isArray(value) && name !== 'order') values[name] = value.at(-1);
  });
  server.addHook('onSend', async ({ headers }, reply, payload) => {
    const isHtml = typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html');
    if (!isHtml || !headers['accept-encoding']?.includes('gzip')) return payload;
    void reply.header('content-encoding', 'gzip').removeHeader('content-length');
    return compressed(payload);
  });
  server.get('/health/ready', (_, reply) => reply.type('application/json').send({ status: 'ready' }));
  server.get('/assets/:version/:name', (request, reply) => {
    const { name, version } = request.params as Record<string, string>;
    const asset = name === undefined || !Object.hasOwn(assets, name) ? undefined : assets[name];
    if (asset?.version !== version) return refuse(reply, 'There is no such file.', 404);
    void reply.headers({
      'content-type': asset?.type,
      'content-encoding': 'gzip',
      'cache-control': `public, max-age=${YEAR_SECONDS}, immutable`,
    });
    return reply.send(asset?.gzipped);
  });
}

/**
 * A request that changes something comes from one of our pages: browsers say so themselves, since 2023 all of them, and no page
 * can change what they say. https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
 */
function isForged({ method, headers, host, url }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  const site = headers['sec-fetch-site'];
  // A process sends reports, and no page.
  if (url === REPORTS_PATH) return site !== undefined || headers.origin !== undefined;
  return site === undefined ? headers.origin !== `http://${host}` : site !== 'same-origin';
}

function refuse(reply: FastifyReply, text: string, status = 403): FastifyReply {
  return reply.status(status).header('content-type', 'text/plain').send(text);
}
