import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mustNotBeEncoded } from '../http/json-body.ts';
import { Problem } from '../http/problem.ts';

export const BATCHES_PATH = 'v1/order-batches';
const NDJSON = ['application/x-ndjson', 'application/jsonl'];
/** What a JSON body of a batch is called in here, for JSON itself is read whole. */
const ARRAY = 'application/x-json-stream';

/** Lets the bodies of batches through as streams: they are read row by row. */
export function streamBatchBodies(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type'] ?? '';
    if (isBatch(request) && /^application\/json\s*(;|$)/i.test(type)) request.headers['content-type'] = ARRAY;
    done();
  });
  server.addContentTypeParser([...NDJSON, ARRAY], (request, payload, done) => {
    try {
      mustNotBeEncoded(request);
    } catch (error) {
      return done(error as Error);
    }
    if (isBatch(request)) done(null, payload);
    else done(new Problem('unsupported-media-type', 'expected content-type application/json'));
  });
}

/** Whether the body is a JSON array; else it is NDJSON. */
export function isArrayBody({ headers }: FastifyRequest): boolean {
  return headers['content-type'] === ARRAY;
}

function isBatch({ routeOptions, method }: FastifyRequest): boolean {
  return method === 'POST' && routeOptions.url === `/${BATCHES_PATH}`;
}
