import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { EventOrigin } from '#libs/orders';
import { asyncApiDocument } from './asyncapi.ts';
import { serveOpenApi } from './openapi.ts';

/** Serves what describes the service to its users: `/openapi.json`, `/docs` and `/asyncapi.json`. */
export function serveDocuments(app: NestFastifyApplication, origin: EventOrigin): void {
  serveOpenApi(app);
  const asyncApi = JSON.stringify(asyncApiDocument(origin));
  app
    .getHttpAdapter()
    .getInstance()
    .get('/asyncapi.json', (_request, reply) => reply.type('application/json').send(asyncApi));
}
