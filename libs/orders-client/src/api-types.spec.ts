import { readFileSync, writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { loadConfiguration } from '#libs/configuration';
import { MetricRecorder } from '#libs/metrics';
import { createLogger, noTracing, type Telemetry } from '#libs/service';
import { ApiConfig } from '../../../apps/api/src/api.config.ts';
import { ApiModule } from '../../../apps/api/src/api.module.ts';
import { openApiDocument } from '../../../apps/api/src/http/documents.ts';
import { PROBLEM_KINDS } from '../../../apps/api/src/http/problem.ts';
import { API_ENVIRONMENT } from '../../../apps/api/src/testing/api-environment.ts';
import { closedObject, type JsonSchema } from '../../order-requests/src/json-schema.ts';

interface Described {
  operationId: string;
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: JsonSchema }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }>;
}

const FILE = new URL('api-types.ts', import.meta.url);
/** The generator's comments without meaning. */
const NOISE = /\/\*\*\n \* This interface was referenced by .*\n \* via the `definition` .*\n \*\/\n/g;
const BANNER = '// Written by npm run schemas, from the /openapi.json of apps/api.\n';

/** The document of an api that is not started: in preview mode, Nest makes no controller. */
async function apiDocument() {
  const telemetry = {
    metrics: new MetricRecorder('api'),
    tracing: noTracing,
    logger: createLogger('api', { LOG_LEVEL: 'silent', LOG_PRETTY: 0 }),
  } as unknown as Telemetry<'api'>;
  // The module refreshes the issuer's keys each minute, also after this test: from nowhere, and without a line.
  const config = loadConfiguration(ApiConfig, { ...API_ENVIRONMENT, AUTH_JWKS_URL: 'http://127.0.0.1:1/jwks' });
  const module = ApiModule.with(config, telemetry, new AbortController().signal);
  const options = { preview: true, logger: false, abortOnError: false, bodyParser: false } as const;
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), options);
  return openApiDocument(app);
}

/** The operations whose requests and answers are JSON. */
function jsonOperations(paths: Record<string, object>): [method: string, path: string, operation: Described][] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations as Record<string, Described>)
      .filter(([, { requestBody, responses }]) => {
        const answer = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
        return (
          'application/json' in (answer?.content ?? {}) && !('application/x-ndjson' in (requestBody?.content ?? {}))
        );
      })
      .map(([method, operation]) => [method, path, operation] as [string, string, Described]),
  );
}

/** What an operation takes and answers, as the schema of an object. */
function operationSchema({ summary, parameters = [], requestBody, responses }: Described): JsonSchema {
  const described = (place: string) => {
    const found = parameters.filter((parameter) => parameter.in === place);
    const optional = found.filter(({ required }) => !required).map(({ name }) => name);
    // The alternatives of a query parameter are formats, which types do not have.
    const schemas = found.map(({ name, description, schema: { anyOf: _formats, ...schema } }) => {
      return [name, { ...schema, ...(description && { description }) }] as const;
    });
    return found.length > 0 ? { [place]: closedObject(Object.fromEntries(schemas), optional) } : {};
  };
  const body = requestBody?.content['application/json']?.schema;
  const answers = Object.entries(responses).flatMap(([status, { content }]) => {
    const schema = status.startsWith('2') ? content?.['application/json']?.schema : undefined;
    return schema ? [schema] : [];
  });
  const parts = { ...described('path'), ...described('query'), ...(body && { body }), answer: { anyOf: answers } };
  const optional = ['query', ...(requestBody?.required ? [] : ['body'])];
  return { ...closedObject(parts, optional), description: summary };
}

/** Keywords beside a reference would give it a type of its own. */
function onlyReference(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$ref' in value)) return value;
  return { $ref: String(value.$ref).replace('#/components/schemas/', '#/$defs/') };
}

async function apiTypes(): Promise<string> {
  const { paths, components } = await apiDocument();
  const operations = jsonOperations(paths);
  const root = {
    ...closedObject(Object.fromEntries(operations.map(([, , one]) => [one.operationId, operationSchema(one)]))),
    $defs: components?.schemas,
  };
  const schema = JSON.parse(JSON.stringify(root), onlyReference) as JSONSchema;
  const style = { singleQuote: true, printWidth: 120 } as const;
  const options = { bannerComment: BANNER, style, additionalProperties: false, ignoreMinAndMaxItems: true };
  const types = await compile(schema, 'Operations', { ...options, unreachableDefinitions: true });
  const routes = operations.map(([method, path, { operationId }]) => {
    return `  ${operationId}: { method: '${method.toUpperCase()}', path: '${path}' },\n`;
  });
  const statuses = Object.entries(PROBLEM_KINDS).map(([kind, { status }]) => {
    return `  ${/^\w+$/.test(kind) ? kind : `'${kind}'`}: ${status},\n`;
  });
  return `${types.replaceAll(NOISE, '')}
/** The method and the path of each operation. */
export const ROUTES = {
${routes.join('')}} as const;

/** The kinds of problems that the api answers, with their statuses. */
export const PROBLEM_STATUSES = {
${statuses.join('')}} as const;
`;
}

describe('the types of the client', () => {
  it('derive from the document of the api', async () => {
    const text = await apiTypes();
    if (process.env['SCHEMAS'] === 'write') writeFileSync(FILE, text);
    expect(readFileSync(FILE, 'utf8')).toBe(text);
  });
});
