import { checkShape, type Fault } from './validation.ts';
import { OrderError, isOrderId } from '#libs/orders';

/** A message to the worker: a class whose `type` names it. */
interface CommandClass<Command> {
  pattern: string;
  type: new () => Command;
}

/**
 * Reads a command out of a message's JSON document.
 * @param faultsOf what does not hold between fields whose shapes are right.
 * @throws OrderError MALFORMED_COMMAND naming every fault by JSON pointer, never a value.
 */
export function checkCommand<Command extends { receivedAt: string }>(
  { pattern, type }: CommandClass<Command>,
  document: unknown,
  faultsOf: (command: Command) => Fault[],
): Command {
  const checked = checkShape(type, document);
  const faults = 'faults' in checked ? checked.faults : [...instantFaults(checked.value), ...faultsOf(checked.value)];
  if ('value' in checked && faults.length === 0) return checked.value;
  const named = faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
  throw new OrderError('MALFORMED_COMMAND', `expected a ${pattern} command: ${named.join('; ')}`);
}

/** The regular expression of a shape lets letters pass that no id has. */
export function orderIdFaults(orderId: string, pointer: string): Fault[] {
  return isOrderId(orderId) ? [] : [{ pointer, detail: 'must be an order id' }];
}

/** Nor that of an instant: lists are in the order of this text, and answers have it. */
function instantFaults({ receivedAt }: { receivedAt: string }): Fault[] {
  const ms = Date.parse(receivedAt);
  const isInstant = Number.isFinite(ms) && new Date(ms).toISOString() === receivedAt;
  return isInstant ? [] : [{ pointer: '/receivedAt', detail: 'must be an instant' }];
}

/** The same faults, of a part of the document. */
export function faultsBelow(parent: string, faults: readonly Fault[]): Fault[] {
  return faults.map(({ pointer, detail }) => ({ pointer: `${parent}${pointer}`, detail }));
}
