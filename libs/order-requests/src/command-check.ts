import { checkShape, type ValidationError } from './validation.ts';
import { OrderError, isOrderId } from '#libs/orders';

/** The class of a message to the worker, and the `type` of its messages. */
interface CommandClass<Command> {
  pattern: string;
  type: new () => Command;
}

/**
 * Checks the JSON document of a message against its class.
 * @param errorsOf checks rules between fields; called only when each field has its shape.
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

/** The pattern in the class accepts characters that no order id has. */
export function orderIdErrors(orderId: string, pointer: string): ValidationError[] {
  return isOrderId(orderId) ? [] : [{ pointer, detail: 'must be an order id' }];
}

/** The pattern in the class accepts dates that do not exist. Lists are sorted by this text, and answers contain it. */
function instantErrors({ receivedAt }: { receivedAt: string }): ValidationError[] {
  const ms = Date.parse(receivedAt);
  const isInstant = Number.isFinite(ms) && new Date(ms).toISOString() === receivedAt;
  return isInstant ? [] : [{ pointer: '/receivedAt', detail: 'must be an instant' }];
}

/** The same errors, of a part of the document. */
export function errorsBelow(parent: string, errors: readonly ValidationError[]): ValidationError[] {
  return errors.map(({ pointer, detail }) => ({ pointer: `${parent}${pointer}`, detail }));
}
