import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ORDER_EVENT_SCHEMA_ID } from '../order-event.ts';

const FOLDER = new URL('../../schemas/', import.meta.url);

/** Checks events against the JSON Schemas in `libs/orders/schemas`. */
export function eventChecker(): { errorsOf: (event: { dataschema: string; data: unknown }) => string[] } {
  const ajv = new Ajv2020({ allErrors: true, strictTypes: false });
  addFormats.default(ajv);
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.schema.json'));
  for (const file of files) ajv.addSchema(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));
  const errors = (schemaId: string, document: unknown) => {
    const validate = ajv.getSchema(schemaId);
    if (!validate) return [`there is no schema ${schemaId}`];
    return validate(document) ? [] : [ajv.errorsText(validate.errors)];
  };
  return {
    errorsOf: (event) => [...errors(ORDER_EVENT_SCHEMA_ID, event), ...errors(event.dataschema, event.data)],
  };
}
