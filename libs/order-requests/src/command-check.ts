import { checkShape, type ValidationError } from './validation.ts';
import { OrderError, isOrderId } from '#libs/orders';

/** A message to the worker: a class whose `type` names it. */
interface CommandClass<Command> {
  pattern: string;
  type: new () => Command;
}

/**
 * Reads a command out of a message's JSON document.
 * @param errorsOf what does not hold between fields whose shapes are right.
 * @throws OrderError MALFORMED_COMMAND naming every error by JSON pointer, never a value.
 */
export function checkCommand<Command extends { receivedAt: string }>(
  { pattern, type }: CommandClass<Command>,
  document: unknown,
  errorsOf: (command: Command) => ValidationError[],
): Command {
  const checked = checkShape(type, document);
  const errors = 'errors' in checked ? checked.errors : [...instantErrors(checked.value), ...errorsOf(checked.value)];
  if ('value' in checked && errors.length === 0) return checked.value;
  const named = errors.map(({ pointer, detail }) => `${pointer} ${detail}`);
  throw new OrderError('MALFORMED_COMMAND', `expected a ${pattern} command: ${named.join('; ')}`);
}

/** The regular expression of a shape lets letters pass that no id has. */
export function orderIdErrors(orderId: string, pointer: string): ValidationError[] {
  return isOrderId(orderId) ? [] : [{ pointer, detail: 'must be an order id' }];
}

/** Nor that of an instant: lists are in the order of this text, and answers have it. */
function instantErrors({ receivedAt }: { receivedAt: string }): ValidationError[] {
  const ms = Date.parse(receivedAt);
  const isInstant = Number.isFinite(ms) && new Date(ms).toISOString() === receivedAt;
  return isInstant ? [] : [{ pointer: '/receivedAt', detail: 'must be an instant' }];
}

/** The same errors, of a part of the document. */
export function errorsBelow(parent: string, errors: readonly ValidationError[]): ValidationError[] {
  return errors.map(({ pointer, detail }) => ({ pointer: `${parent}${pointer}`, detail }));
}
