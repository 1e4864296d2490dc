import { Ajv2020 } from 'ajv/dist/2020.js';
import { isCountry, isCurrency } from '#libs/orders';
import { classSchemas, type ObjectSchema } from './json-schema.ts';

/**
 * True: the document has the shape of its class, and class-validator would accept it too. False: class-validator must
 * decide, and reports what is wrong.
 */
export type FastShapeCheck = (document: object) => boolean;

type DocumentClass = new () => object;

/** The check of each class that has one; undefined until the first call compiles it. */
const checks = new Map<DocumentClass, FastShapeCheck | undefined>();

/**
 * Gives a class of the hot path a fast check: an order in the api, and its message in the worker. Other classes have rules
 * that JSON Schema cannot state, such as unique line numbers.
 */
export function FastChecked(type: DocumentClass): void {
  checks.set(type, undefined);
}

const withPattern = ({ constraints: [pattern] }: { constraints: RegExp[] }) => {
  return { type: 'string', pattern: pattern?.source };
};
/** Unlike published schemas, this one has every rule, with Unicode classes and the lists of currencies and countries. */
const EVERY_RULE = {
  // The other rules of an optional field refuse an empty text too.
  isNotEmptyText: {},
  matches: withPattern,
  isText: withPattern,
  isCurrencyCode: { type: 'string', format: 'currency' },
  isCountryCode: { type: 'string', format: 'country' },
} as Parameters<typeof classSchemas>[1];

/** The compiled check of a class; undefined for a class that has none. */
export function fastCheckOf(type: DocumentClass): FastShapeCheck | undefined {
  if (!checks.has(type)) return undefined;
  const check = checks.get(type) ?? compile(type);
  checks.set(type, check);
  return check;
}

function compile({ name }: DocumentClass): FastShapeCheck {
  // The pattern of an instant already implies this format.
  const formats = { 'date-time': true, currency: isCurrency, country: isCountry } as const;
  const schemas = Object.entries(classSchemas('#/$defs/', EVERY_RULE));
  const $defs = Object.fromEntries(schemas.map(([type, schema]) => [type, withNullable(schema)]));
  return new Ajv2020({ strict: false, formats }).compile({ $ref: `#/$defs/${name}`, $defs });
}

/** The same schema, whose optional fields may be null. */
function withNullable({ properties, required = [], ...schema }: ObjectSchema): ObjectSchema {
  const fields = Object.entries(properties).map(([name, field]) => {
    return [name, required.includes(name) ? field : { anyOf: [{ type: 'null' }, field] }];
  });
  return { ...schema, properties: Object.fromEntries(fields) as ObjectSchema['properties'], required };
}
