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

/** The storage in which class-transformer keeps its @Type metadata; it exports no public path to it, and only as CommonJS. */
const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  defaultMetadataStorage: NonNullable<Options['classTransformerMetadataStorage']>;
};

/** An object that has these fields and no others; `optional` names those that may be absent. */
export function closedObject(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): ObjectSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', required, additionalProperties: false, properties };
}

/**
 * The JSON Schemas of all classes with class-validator decorators that are loaded, by class name. None allows other fields.
 * @param refPrefix what precedes a class's name in a `$ref`
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

/** Requests: every rule that JSON Schema can state in every language. */
const REQUEST_RULES: Converters = {
  // Unicode classes are not in everybody's regular expressions.
  matches: ({ constraints: [pattern] }: { constraints: RegExp[] }) =>
    pattern?.flags === '' ? { type: 'string', pattern: pattern.source } : { type: 'string' },
};

/** Answers and events: no upper bounds and no patterns of what came in, since both may change. */
export const PUBLISHED_RULES: Converters = {
  matches: { type: 'string' },
  max: {},
  arrayMaxSize: {},
};
