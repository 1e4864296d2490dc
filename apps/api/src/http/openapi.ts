import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { MAX_PIPELINED } from './connection-limits.ts';
import { componentSchemas } from './openapi-schemas.ts';

/** Serves `/openapi.json` and Swagger UI at `/docs`. Request schemas come from the classes that check the requests. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'fargate-orders',
    swaggerOptions: { persistAuthorization: true },
  });
}

export function openApiDocument(app: INestApplication): OpenAPIObject {
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
  document.components = { ...document.components, schemas: componentSchemas };
  return document;
}
