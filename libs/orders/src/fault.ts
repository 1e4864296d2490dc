import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';

/** One thing that is wrong with a document; `pointer` is a JSON Pointer (RFC 6901) into it. */
export interface Fault {
  pointer: string;
  detail: string;
}

/** A document that was checked: its typed value, or all that is wrong with it. */
export type Checked<Value> = { value: Value } | { faults: Fault[] };

/**
 * Checks a parsed JSON document against a class with class-validator decorators. Fields the class does not know are
 * faults.
 */
export function checkShape<Value extends object>(type: new () => Value, document: unknown): Checked<Value> {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return { faults: [{ pointer: '', detail: 'must be a JSON object' }] };
  }
  const value = plainToInstance(type, document, { exposeUnsetFields: false });
  const errors = validateSync(value, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  return errors.length === 0 ? { value } : { faults: errors.flatMap((error) => faultsOf(error, '')) };
}

function faultsOf(error: ValidationError, parent: string): Fault[] {
  const pointer = `${parent}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({
    pointer,
    detail: constraint === 'whitelistValidation' ? 'is not a known field' : message,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, pointer))];
}
