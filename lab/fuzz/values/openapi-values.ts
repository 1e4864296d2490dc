import fc from 'fast-check';
import type { JsonNode } from './json-text.ts';
import { weighted } from './unexpected-values.ts';

/** The part of JSON Schema that the requests in `/openapi.json` use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** The part of `/openapi.json` that describes requests. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

interface DescribedOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

export interface Operation extends DescribedOperation {
  readonly method: string;
  /** A path such as `/v1/orders/{orderId}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
}

export function operationsOf({ paths }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, described]) => ({
      ...described,
      path,
      method: method.toUpperCase(),
      parameters: described.parameters ?? [],
    })),
  );
}

/** Characters that no text may have, regardless of its pattern. They are mostly removed, so that texts are accepted. */
const NEVER_TAKEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFFE\uFFFF]/gu;

type Schemas = Readonly<Record<string, Schema>>;

/** Lists are short. The longest lists are mutations. */
const MANY_ITEMS = 4;
const DEFAULT_LENGTH = 40;

/** Fields whose check is stricter than their pattern, because of ISO's lists, and payment references, which are unique. */
const known: Readonly<Record<string, fc.Arbitrary<string>>> = {
  reference: fc.uuid(),
  currency: fc.constantFrom('EUR', 'JPY', 'USD', 'BHD', 'XCG', 'XXX', 'XAU'),
  country: fc.constantFrom('DE', 'JP', 'US', 'AQ', 'BV', 'XK', 'GB'),
};

/** Values that a schema allows. */
export function valuesOf(schema: Schema, schemas: Schemas, name = ''): fc.Arbitrary<JsonNode> {
  if (schema.$ref) return valuesOf(schemas[schema.$ref.split('/').at(-1)!]!, schemas, name);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return objectsOf(schema, schemas);
    case 'array': {
      const { minItems = 0, maxItems = MANY_ITEMS } = schema;
      const maxLength = Math.min(maxItems, Math.max(minItems, MANY_ITEMS));
      return fc.array(valuesOf(schema.items ?? {}, schemas), { minLength: minItems, maxLength });
    }
    case 'integer':
      return integersOf(schema);
    case 'boolean':
      return fc.boolean();
    default:
      return known[name] ? fc.oneof({ arbitrary: known[name], weight: 9 }, textsOf(schema)) : textsOf(schema);
  }
}

function objectsOf({ properties = {}, required = [] }: Schema, schemas: Schemas): fc.Arbitrary<JsonNode> {
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, valuesOf(schema, schemas, name)]),
  );
  return fc.record(model, { requiredKeys: [...required] });
}

function integersOf({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema): fc.Arbitrary<number> {
  return weighted(
    [6, fc.integer({ min: minimum, max: Math.min(maximum, minimum + 1_000) })],
    [1, fc.constantFrom(minimum, maximum)],
    [1, fc.integer({ min: minimum, max: maximum })],
  );
}

function textsOf({ pattern, format, minLength = 0, maxLength = DEFAULT_LENGTH }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') {
    const min = new Date('1970-01-01T00:00:00Z');
    return fc.date({ min, max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => date.toISOString());
  }
  // A pattern of dots allows any text, which is drawn from all of Unicode below.
  if (pattern && !pattern.startsWith('^.{')) {
    return fc.stringMatching(new RegExp(pattern), { maxLength });
  }
  const units = ['grapheme', 'grapheme-ascii', 'binary'] as const;
  const texts = units.map((unit) => fc.string({ unit, minLength, maxLength }));
  return fc
    .tuple(fc.oneof(...texts), fc.nat(19))
    .map(([text, draw]) => (draw === 0 ? text : text.replaceAll(NEVER_TAKEN, '')))
    .map((text) => [...text.trim()].slice(0, maxLength).join('') || 'x'.repeat(minLength));
}
