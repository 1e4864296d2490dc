import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { EventOrigin } from '#libs/orders';
import { asyncApiDocument } from './asyncapi.ts';
import { serveOpenApi } from './openapi.ts';

/** Of a file: it is always given whole, so that there is no refusal of its own for each of these. */
const CONDITIONS = ['if-match', 'if-unmodified-since', 'if-range', 'range'];

/** Serves what describes the service to its users: `/openapi.json`, `/docs` and `/asyncapi.json`. */
export function serveDocuments(app: NestFastifyApplication, origin: EventOrigin): void {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', ({ raw }, _reply, done) => {
    if (raw.url?.startsWith('/docs')) for (const name of CONDITIONS) delete raw.headers[name];
    done();
  });
  serveOpenApi(app);
  const asyncApi = JSON.stringify(asyncApiDocument(origin));
  fastify.get('/asyncapi.json', (_request, reply) => reply.type('application/json').send(asyncApi));
}
