import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** JSON is the only body that is read whole: in UTF-8, with nothing that would reach a prototype; none at all is fine. */
export function readJsonBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser(['text/plain', 'application/json']);
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    try {
      mustNotBeEncoded(request);
      if (bytes.length === 0) return done(null, undefined);
      return parse(request, textOf(bytes), (error, body) => done(error && malformed(error), body));
    } catch (error) {
      return done(error as Error);
    }
  });
}

/** @throws Problem `unsupported-media-type` */
export function mustNotBeEncoded({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return;
  throw new Problem('unsupported-media-type', `expected a body without content-encoding, got ${encoding.slice(0, 64)}`);
}

function textOf(bytes: Buffer): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw new Problem('invalid-request', 'the body is not in UTF-8', {
      errors: [{ pointer: '', detail: 'must be in UTF-8' }],
    });
  }
}

function malformed(error: Error): Problem {
  // The reason of JSON.parse quotes what stands there, which the caller has sent.
  const detail = `must be JSON, with no field named as an object's prototype is: ${error.message.slice(0, 200)}`;
  return new Problem('invalid-request', `the body ${detail}`, { cause: error, errors: [{ pointer: '', detail }] });
}
