import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsObject,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { isCountry, isCurrency } from '#libs/orders';

/* Rules that the fields of several classes share. */

/**
 * The largest amount in minor units, in any currency: 14 digits fit the column of an invoice. Goods, shipping and tax together are less than 3 × 10^14,
 * an exact integer (< 2^53).
 */
export const MAX_AMOUNT = 99_999_999_999_999;
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/;
const REFERENCE_MESSAGE = 'must only have the characters A-Z a-z 0-9 . _ : / -, and start with one of A-Z a-z 0-9';
/** ISO 8601, UTC, milliseconds. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * What no text for people may have: control characters, line and paragraph separators, the bidirectional controls, which make
 * a text look like another one, and characters that SQS refuses. Not every language's regular expressions have Unicode classes.
 */
const FORBIDDEN = '\\u0000-\\u001F\\u007F-\\u009F\\u061C\\u200E\\u200F\\u2028-\\u202E\\u2066-\\u2069\\uFFFE\\uFFFF';
/** Characters that show nothing: blanks, fillers, variation selectors, characters of no width, code points without a character. */
const INVISIBLE = '\\p{Z}\\p{Cn}\\p{Default_Ignorable_Code_Point}\\u2800\\uFFF9-\\uFFFB';

/**
 * Text for people. Names and addresses reach invoices and other parsers, so it has no blank at either end, and at least one
 * visible character.
 * @param maxLength code points
 */
export function Text(maxLength: number): PropertyDecorator {
  // Length does not count variation selectors. The pattern does: a text could have as many of them as characters.
  const text = `(?! )(?=[${INVISIBLE}]*[^${INVISIBLE}])[^${FORBIDDEN}\\p{Cs}]{1,${maxLength}}(?<! )`;
  const pattern = new RegExp(`^${text}$`, 'u');
  const isText = {
    name: 'isText',
    // The second is for `/openapi.json`.
    constraints: [pattern, new RegExp(`^[^${FORBIDDEN}]*$`)],
    validator: {
      validate: (value: unknown) => typeof value === 'string' && pattern.test(value),
      defaultMessage: (args?: ValidationArguments) => textError(String(args?.value), maxLength),
    },
  };
  return all(PlainText(maxLength), ValidateBy(isText));
}

const ANY_FORBIDDEN = new RegExp(`[${FORBIDDEN}\\p{Cs}]`, 'u');
const ALL_INVISIBLE = new RegExp(`^[${INVISIBLE}]+$`, 'u');

function textError(text: string, maxLength: number): string {
  const [forbidden] = ANY_FORBIDDEN.exec(text) ?? [];
  if (forbidden) return `must not have the character ${codePointOf(forbidden)}`;
  if (ALL_INVISIBLE.test(text)) return `must have a visible character; ${codePointOf(text)} is not one`;
  return `must have 1 to ${maxLength} code points and no blank at either end`;
}

/** The first code point of a text, as Unicode writes it. */
function codePointOf(text: string): string {
  return `U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Text from this service or the token issuer, not for people. */
export function PlainText(maxLength: number): PropertyDecorator {
  return all(IsString(), Length(1, maxLength));
}

/** An identifier from another system. */
export function Reference(maxLength: number): PropertyDecorator {
  return all(PlainText(maxLength), Matches(REFERENCE, { message: `$property ${REFERENCE_MESSAGE}` }));
}

/** Money, as an integer of minor units. */
export function Amount(max = MAX_AMOUNT): PropertyDecorator {
  return all(IsInt(), Min(0), Max(max), Schema({ description: "minor units of the order's currency" }));
}

/** A whole number from 1. */
export function Count(max = Number.MAX_SAFE_INTEGER): PropertyDecorator {
  return all(IsInt(), Min(1), Max(max));
}

/** ISO 4217, in capitals. */
export function Currency(): PropertyDecorator {
  const error = 'must be the code of a currency in use (ISO 4217), in capitals';
  return code('isCurrencyCode', isCurrency, error, { pattern: '^[A-Z]{3}$', description: 'ISO 4217' });
}

/** ISO 3166-1 alpha-2, in capitals. */
export function Country(): PropertyDecorator {
  const error = 'must be the code of a country (ISO 3166-1 alpha-2), in capitals';
  return code('isCountryCode', isCountry, error, { pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' });
}

function code(
  name: string,
  isCode: (text: string) => boolean,
  error: string,
  schema: Record<string, string>,
): PropertyDecorator {
  const validate = (value: unknown) => typeof value === 'string' && isCode(value);
  const validator = { validate, defaultMessage: () => error };
  return all(ValidateBy({ name, validator }), Schema({ type: 'string', ...schema }));
}

/** A point in time; lists are sorted by its text. */
export function Instant(): PropertyDecorator {
  return all(Matches(INSTANT), Schema({ format: 'date-time' }));
}

/** The id of an order or a batch: Crockford's base32. */
export function OrderId(): PropertyDecorator {
  return all(Matches(/^[0-9A-Z]{26}$/), Schema({ pattern: '^[0-9A-HJKMNP-TV-Z]{26}$' }));
}

/** The field's description in its JSON Schema. */
export function Description(description: string): PropertyDecorator {
  return Schema({ description });
}

/** The field may be absent, which null means too. */
export function Optional(): PropertyDecorator {
  const isNotEmptyText = {
    name: 'isNotEmptyText',
    validator: {
      validate: (value: unknown) => value !== '',
      defaultMessage: () => 'must not be empty: leave the field out, or send null',
    },
  };
  return all(
    ValidateIf((_, value) => value !== undefined),
    Transform(({ value }: { value: unknown }) => value ?? undefined),
    ValidateBy(isNotEmptyText),
  );
}

/** An object. class-validator's own ValidateNested accepts a missing or null one. */
export function Nested(type: () => new () => object): PropertyDecorator {
  return all(IsObject(), ValidateNested(), Type(type));
}

/** A list of objects. */
export function ListOf(type: () => new () => object, minSize: number, maxSize: number): PropertyDecorator {
  return all(
    IsArray(),
    ArrayMinSize(minSize),
    ArrayMaxSize(maxSize),
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Type(type),
  );
}

/** Adds to the field's JSON Schema. */
function Schema(schema: Record<string, string>): PropertyDecorator {
  return JSONSchema(schema) as PropertyDecorator;
}

/** Several decorators as one. */
export function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  // From last to first, as TypeScript applies a stack of decorators.
  return (target, property) => decorators.toReversed().forEach((decorate) => decorate(target, property));
}
