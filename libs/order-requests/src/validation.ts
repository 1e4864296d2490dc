import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError as ClassValidatorError } from 'class-validator';
import { fastCheckOf } from './fast-shape-check.ts';

/** One error in a document; `pointer` is a JSON Pointer (RFC 6901) into it. */
export interface ValidationError {
  pointer: string;
  detail: string;
}

/** The result of a check: the typed value, or everything that is wrong. */
export type Checked<Value> = { value: Value } | { errors: ValidationError[] };

/** Checks a parsed JSON document against a class with class-validator decorators. Unknown fields are errors. */
export function checkShape<Value extends object>(type: new () => Value, document: unknown): Checked<Value> {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return { errors: [{ pointer: '', detail: 'must be a JSON object' }] };
  }
  if (fastCheckOf(type)?.(document)) return { value: withoutNulls(document) as Value };
  return validated(type, document);
}

/** The fast check accepts null only in optional fields. */
function withoutNulls(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withoutNulls);
  if (typeof part !== 'object' || part === null) return part;
  const fields = Object.entries(part).filter(([, value]) => value !== null);
  return Object.fromEntries(fields.map(([name, value]) => [name, withoutNulls(value)]));
}

/** The check by class-validator, without the fast check before it. */
export function validated<Value extends object>(type: new () => Value, document: object): Checked<Value> {
  const outOfBounds = boundsError(document);
  if (outOfBounds) return { errors: [outOfBounds] };
  const value = plainToInstance(type, document, { exposeUnsetFields: false });
  const errors = validateSync(value, {
    whitelist: true,
    forbidNonWhitelisted: true,
    // Allows a class without fields.
    forbidUnknownValues: false,
    validationError: { target: false },
  });
  return errors.length === 0
    ? { value }
    : { errors: errors.flatMap((error) => errorsOf(error, '')).slice(0, MAX_ERRORS) };
}

/** Enough to correct a document by; the answer stays small. */
const MAX_ERRORS = 100;

/**
 * Bounds of any document, checked before its shape: class-validator takes time that grows faster than the number of
 * fields, recurses as deep as the document, and does not see fields whose names every object inherits. The largest valid
 * document, an order of 100 line items, has some 550 values; one of 1,000 invalid values takes about 10 ms.
 */
const MAX_DEPTH = 8;
const MAX_FIELDS = 50;
const MAX_ELEMENTS = 100;
const MAX_VALUES = 1_000;

/** The first bound that a document exceeds. */
function boundsError(document: object): ValidationError | undefined {
  let values = 0;
  const errorIn = (part: unknown, pointer: string, depth: number): ValidationError | undefined => {
    values += 1;
    if (values > MAX_VALUES) return { pointer: '', detail: `must not have more than ${MAX_VALUES} values` };
    if (typeof part !== 'object' || part === null) return undefined;
    if (depth > MAX_DEPTH) return { pointer, detail: `must not be nested deeper than ${MAX_DEPTH} levels` };
    if (Array.isArray(part) && part.length > MAX_ELEMENTS) {
      return { pointer, detail: `must not have more than ${MAX_ELEMENTS} elements` };
    }
    const entries = Object.entries(part);
    if (!Array.isArray(part) && entries.length > MAX_FIELDS) {
      return { pointer, detail: `must not have more than ${MAX_FIELDS} fields` };
    }
    for (const [name, value] of entries) {
      const child = childPointer(pointer, name);
      const error = name in Object.prototype ? { pointer: child, detail: UNKNOWN } : errorIn(value, child, depth + 1);
      if (error) return error;
    }
    return undefined;
  };
  return errorIn(document, '', 1);
}

/** The first `maxLength` UTF-16 units of a text, without half a character, which queues and tables do not accept. */
export function shortened(text: string, maxLength: number): string {
  const cut = text.slice(0, maxLength);
  return (cut.length < text.length ? cut.replace(/[\uD800-\uDBFF]$/, '') : cut).toWellFormed();
}

const UNKNOWN = 'is not a known field';
const MAX_NAME_LENGTH = 100;

/** JSON Pointer, RFC 6901. A long name is cut: it comes from outside and goes into logs. */
function childPointer(parent: string, name: string): string {
  return `${parent}/${shortened(name, MAX_NAME_LENGTH).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function errorsOf(error: ClassValidatorError, parent: string): ValidationError[] {
  const pointer = childPointer(parent, error.property);
  // The last constraint is the field's first rule, its type. The others make no sense for a value of another type.
  const own = Object.entries(error.constraints ?? {})
    .slice(-1)
    .map(([constraint, message]) => ({ pointer, detail: detailOf(error, constraint, message) }));
  return [...own, ...(error.children ?? []).flatMap((child) => errorsOf(child, pointer))];
}

function detailOf({ property, value }: ClassValidatorError, constraint: string, message: string): string {
  if (constraint === 'whitelistValidation') return UNKNOWN;
  if (value === undefined) return 'is missing';
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
