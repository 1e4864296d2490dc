import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

export const EXPECTED_TYPE =
  'expected content-type application/json; for a batch, application/x-ndjson is possible too';
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** Keeps JSON bodies as bytes: a handler parses its body after it has checked the caller's permission. */
export function keepJsonBodies(server: FastifyInstance): void {
  server.removeContentTypeParser(['text/plain', 'application/json']);
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer) => {
      mustNotBeEncoded(request);
      return bytes;
    },
  );
  // Proxies and clients name a type, or frame a body as chunked, where there is none.
  server.addContentTypeParser('*', (_request: FastifyRequest, payload: Readable) => mustBeEmpty(payload));
}

/** @throws Problem `unsupported-media-type` for a body, which is not JSON. */
export async function mustBeEmpty(payload: Readable): Promise<void> {
  // Destroyed, the payload would end the connection before the answer is sent.
  for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    if (chunk.length > 0) throw new Problem('unsupported-media-type', EXPECTED_TYPE);
  }
}

/** @throws Problem `unsupported-media-type` */
export function mustNotBeEncoded({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return;
  throw new Problem('unsupported-media-type', `expected a body without content-encoding, got ${encoding.slice(0, 64)}`);
}

/** The size of a body that was read whole. */
export function bodyBytesOf({ body }: FastifyRequest): number {
  return body instanceof Buffer ? body.length : 0;
}

/**
 * The parsed body of a request, of any shape; undefined where there is no body.
 * @throws Problem `invalid-request`
 */
export function readJsonBody({ body }: FastifyRequest): unknown {
  return body instanceof Buffer && body.length > 0 ? parseJson(body) : undefined;
}

/** @throws Problem `invalid-request` with the parser's message, which quotes the caller's text. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(UTF_8.decode(bytes));
  } catch (cause) {
    const detail = cause instanceof SyntaxError ? `must be JSON: ${cause.message.slice(0, 200)}` : 'must be in UTF-8';
    throw new Problem('invalid-request', `the body ${detail}`, { cause, errors: [{ pointer: '', detail }] });
  }
}
