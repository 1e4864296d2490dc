import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { type EventOrigin, ROLES } from '#libs/orders';
import { asyncApiDocument } from './asyncapi.ts';
import { MAX_PIPELINED } from './connections.ts';
import { addCommonHeaders, componentHeaders } from './openapi-headers.ts';
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
    swaggerOptions: { requestInterceptor: withNewKey },
  });
  const asyncApi = JSON.stringify(asyncApiDocument(origin));
  fastify.get('/asyncapi.json', (_request, reply) => reply.type('application/json').send(asyncApi));
}

/**
 * Swagger UI calls this before each request, so that the second try of a form is a request of its own. It gets the text of
 * this function, which therefore uses nothing else.
 */
export function withNewKey<Request extends { headers: Record<string, string> }>(request: Request): Request {
  const name = Object.keys(request.headers).find((header) => header.toLowerCase() === 'idempotency-key');
  // The example of the header.
  if (name !== undefined && request.headers[name] === 'cart-8412') {
    request.headers[name] = `cart-${Date.now()}-${Math.random().toString(36).slice(2)}`;
  }
  return request;
}

const TAGS = {
  orders: 'Place, read, list and watch orders',
  changes: 'Commands that change an order, and their outcomes',
  batches: 'Place many orders at once',
  invoices: 'Invoices and credit notes, as JSON and PDF',
  health: 'Whether the process runs and can do its work',
};

const TOKEN =
  "An access token of the service's token issuer, with the role that the operation needs. On a laptop, " +
  `\`npm run --silent token -- --sub cust-1 --role retail\` prints one (roles: ${ROLES.join(', ')}).`;

/** The document that `/openapi.json` serves. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('fargate-orders')
    .setDescription(
      'The whole life of an order. An accepted order is never lost, duplicated or partially delivered. ' +
        "Money is integer minor units of the order's currency. Texts have no blank at either end. `null` in an optional " +
        'field of a request means that the field is absent. ' +
        'Any request may be answered 400 if it is not valid HTTP, 408 if it does not arrive completely in 15 s, 429 if ' +
        `over ${MAX_PIPELINED} requests wait on its connection, and 431 if its headers are over 16 KB.`,
    )
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'This api')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: TOKEN });
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build());
  addCommonHeaders(document);
  return { ...document, components: { ...document.components, schemas: componentSchemas, headers: componentHeaders } };
}
