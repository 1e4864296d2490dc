import { createRequire } from 'node:module';
import { validationMetadatasToSchemas } from 'class-validator-jsonschema';

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;
/** The JSON Schema of a class. */
export interface ObjectSchema extends JsonSchema {
  properties: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
}

type Options = NonNullable<Parameters<typeof validationMetadatasToSchemas>[0]>;
type Converters = NonNullable<Options['additionalConverters']>;

/** class-transformer's storage of @Type metadata, which it exports only as CommonJS under a private path. */
const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  defaultMetadataStorage: NonNullable<Options['classTransformerMetadataStorage']>;
};

/** An object with these fields and no others; `optional` names the fields that may be absent. */
export function closedObject(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): ObjectSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', required, additionalProperties: false, properties };
}

/**
 * The JSON Schemas of all loaded classes with class-validator decorators, by class name. None allows unknown fields.
 * @param refPrefix the text before a class's name in a `$ref`
 */
export function classSchemas(refPrefix: string, converters: Converters = REQUEST_RULES): Record<string, ObjectSchema> {
  const schemas = validationMetadatasToSchemas({
    classTransformerMetadataStorage: defaultMetadataStorage,
    refPointerPrefix: refPrefix,
    additionalConverters: converters,
  });
  const closed = Object.entries(schemas).map(([name, schema]) => [name, { ...schema, additionalProperties: false }]);
  return Object.fromEntries(closed) as Record<string, ObjectSchema>;
}

/** The rules of requests that JSON Schema can state in every language. */
const REQUEST_RULES: Converters = {
  isNotEmptyText: {},
  // Not every language's regular expressions have Unicode classes.
  matches: ({ constraints: [pattern] }: { constraints: RegExp[] }) =>
    pattern?.flags === '' ? { type: 'string', pattern: pattern.source } : { type: 'string' },
  isText: ({ constraints }: { constraints: RegExp[] }) => ({ type: 'string', pattern: String(constraints[1]?.source) }),
};

/** The rules of answers and events: no upper bounds and no patterns of requests, since both may change. */
export const PUBLISHED_RULES: Converters = {
  isNotEmptyText: {},
  matches: { type: 'string' },
  isText: { type: 'string' },
  max: {},
  arrayMaxSize: {},
};
