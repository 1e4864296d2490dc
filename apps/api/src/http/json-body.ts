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
      const text = textOf(bytes);
      return parse(request, text, (error, body) => done(error && malformed(text, error), body));
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

/** Says where it stops being JSON; the reason quotes what stands there, which the caller has sent. */
function malformed(text: string, cause: Error): Problem {
  const detail = `must be JSON: ${whyNotJson(text).slice(0, 200)}`;
  return new Problem('invalid-request', `the body ${detail}`, { cause, errors: [{ pointer: '', detail }] });
}

function whyNotJson(text: string): string {
  try {
    JSON.parse(text);
    return 'a field named __proto__, or one named constructor that has a prototype, is not taken';
  } catch (error) {
    return (error as Error).message;
  }
}
