import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { EventOrigin } from '#libs/orders';
import { asyncApiDocument } from './asyncapi.ts';
import { MAX_PIPELINED } from './connections.ts';
import { componentSchemas } from './openapi-schemas.ts';

/** Conditional and range headers. The files of `/docs` are always sent whole, so these need no error answers. */
const CONDITIONS = ['if-match', 'if-unmodified-since', 'if-range', 'range'];

/** Swagger UI needs its own scripts, inline styles and images, and calls to this api. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the descriptions of the service: `/openapi.json`, Swagger UI at `/docs`, and `/asyncapi.json`. */
export function serveDocuments(app: NestFastifyApplication, origin: EventOrigin): void {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', ({ raw, routeOptions }, reply, done) => {
    // The route, not the URL: /%64ocs is the same page.
    if (routeOptions.url?.startsWith('/docs')) {
      for (const name of CONDITIONS) delete raw.headers[name];
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    }
    done();
  });
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'fargate-orders',
  });
  const asyncApi = JSON.stringify(asyncApiDocument(origin));
  fastify.get('/asyncapi.json', (_request, reply) => reply.type('application/json').send(asyncApi));
}

function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('fargate-orders')
    .setDescription(
      'The whole life of an order. An accepted order is never lost, duplicated or partially delivered. ' +
        'Any request may be answered 400 if it is not valid HTTP, 408 if it does not arrive completely in 15 s, 429 if ' +
        `over ${MAX_PIPELINED} requests wait on its connection, and 431 if its headers are over 16 KB.`,
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, builder);
  return { ...document, components: { ...document.components, schemas: componentSchemas } };
}
