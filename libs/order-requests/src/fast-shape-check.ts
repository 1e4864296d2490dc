import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { isISO31661Alpha2, isISO4217CurrencyCode } from 'class-validator';
import { classSchemas } from './json-schema.ts';

/**
 * Whether a document surely has the shape of its class. True means that class-validator accepts it, too. False means
 * nothing: class-validator decides, and says what is wrong.
 */
export type FastShapeCheck = (document: object) => boolean;

/**
 * What every order passes: in the api, and within its message in the worker. Other classes have rules that JSON Schema
 * cannot state, such as lists without two equal line numbers.
 */
const FAST_CLASSES: ReadonlySet<string> = new Set(['OrderRequest', 'PlaceOrderCommand']);

/** Unlike in a published schema every rule is there, with Unicode classes and the lists of currencies and countries. */
const EVERY_RULE = {
  matches: ({ constraints: [pattern] }: { constraints: RegExp[] }) => ({ type: 'string', pattern: pattern?.source }),
  isISO4217CurrencyCode: { type: 'string', format: 'currency' },
  isISO31661Alpha2: { type: 'string', format: 'country' },
} as Parameters<typeof classSchemas>[1];

const compiled = new Map<string, ValidateFunction>();

/** The check of a class with class-validator decorators, compiled once; undefined for a class that has none. */
export function fastCheckOf({ name }: new () => object): FastShapeCheck | undefined {
  if (!FAST_CLASSES.has(name)) return undefined;
  const check = compiled.get(name) ?? compile(name);
  compiled.set(name, check);
  return check;
}

function compile(name: string): ValidateFunction {
  // The pattern of an instant says more than this format.
  const formats = { 'date-time': true, currency: isISO4217CurrencyCode, country: isISO31661Alpha2 } as const;
  const $defs = classSchemas('#/$defs/', EVERY_RULE);
  return new Ajv2020({ strict: false, formats }).compile({ $ref: `#/$defs/${name}`, $defs });
}
