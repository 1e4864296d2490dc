import { createRequire } from 'node:module';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { validationMetadatasToSchemas } from 'class-validator-jsonschema';
import type { FastifyInstance } from 'fastify';
import { CHANGE_REQUESTS, EmptyRequest } from '#libs/order-requests';
import type { EventOrigin } from '#libs/orders';
import { asyncApiDocument } from './asyncapi.ts';
import { MAX_PIPELINED } from './connections.ts';
import { responseSchemas } from './openapi-schemas.ts';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** Where class-transformer keeps its @Type metadata; it exports no public way to it, and only as CommonJS. */
const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  defaultMetadataStorage: object;
};

/** The classes that check requests, and those of their parts. */
const REQUESTS = new Set([
  'OrderRequest',
  'LineItemRequest',
  'AddressRequest',
  'PaymentRequest',
  'LineQuantityRequest',
  ...Object.values(CHANGE_REQUESTS)
    .filter((request) => request !== EmptyRequest)
    .map(({ name }) => name),
]);

/** Of a file: it is always given whole, so that there is no refusal of its own for each of these. */
const CONDITIONS = ['if-match', 'if-unmodified-since', 'if-range', 'range'];

/** Serves what describes the service to its users: `/openapi.json`, Swagger UI at `/docs`, and `/asyncapi.json`. */
export function serveDocuments(app: NestFastifyApplication, origin: EventOrigin): void {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', ({ raw }, _reply, done) => {
    if (raw.url?.startsWith('/docs')) for (const name of CONDITIONS) delete raw.headers[name];
    done();
  });
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'fargate-orders',
    swaggerOptions: { persistAuthorization: true },
  });
  const asyncApi = JSON.stringify(asyncApiDocument(origin));
  fastify.get('/asyncapi.json', (_request, reply) => reply.type('application/json').send(asyncApi));
}

/** Request schemas come from the classes that check the requests. */
function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('fargate-orders')
    .setDescription(
      'The whole life of an order. One that was accepted is never lost, doubled or half-told. ' +
        'Any request may be answered 400 if it is not as HTTP has it, 408 if it does not come whole in 15 s, 429 if over ' +
        `${MAX_PIPELINED} requests wait on its connection, and 431 if its headers are over 16 KB.`,
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, builder);
  const schemas = { ...document.components?.schemas, ...requestSchemas(), ...responseSchemas };
  return { ...document, components: { ...document.components, schemas } };
}

function requestSchemas(): Schemas {
  const all = validationMetadatasToSchemas({
    classTransformerMetadataStorage: defaultMetadataStorage as never,
    refPointerPrefix: '#/components/schemas/',
  });
  return Object.fromEntries(
    [...REQUESTS].map((name) => [name, { ...all[name], additionalProperties: false }]),
  ) as Schemas;
}
