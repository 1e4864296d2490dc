import { readdirSync, readFileSync } from 'node:fs';
import { type AnySchemaObject, Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ORDER_EVENT_SCHEMA_ID } from '../order-event.ts';

const FOLDER = new URL('../../schemas/', import.meta.url);

/** Every schema of an object within a schema. */
export function objectsIn(schema: unknown): AnySchemaObject[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return [
    ...('properties' in schema || 'allOf' in schema ? [schema] : []),
    ...Object.values(schema).flatMap(objectsIn),
  ];
}

/** The schema, with no unknown fields in any object: the published schemas accept them, because fields may be added. */
export function closed<Schema extends object>(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema), (_, part: unknown) => {
    // What `allOf` refers to is closed itself.
    const isObject = typeof part === 'object' && part !== null && 'properties' in part && !('allOf' in part);
    return isObject ? { ...part, additionalProperties: false } : part;
  }) as Schema;
}

/** Checks events against the JSON Schemas in `libs/orders/schemas`, and refuses fields that these do not describe. */
export function eventChecker(): { errorsOf: (event: { dataschema: string; data: unknown }) => string[] } {
  const ajv = new Ajv2020({ allErrors: true, strict: true });
  addFormats.default(ajv);
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.schema.json'));
  for (const file of files) {
    ajv.addSchema(closed(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as object));
  }
  const errors = (schemaId: string, document: unknown) => {
    const validate = ajv.getSchema(schemaId);
    if (!validate) return [`there is no schema ${schemaId}`];
    return validate(document) ? [] : [ajv.errorsText(validate.errors)];
  };
  return {
    errorsOf: (event) => [...errors(ORDER_EVENT_SCHEMA_ID, event), ...errors(event.dataschema, event.data)],
  };
}
