import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { OrderEventError, readOrderEvent } from '#libs/order-events';
import { mutated } from '../values/json-mutations.ts';
import { type JsonNode, jsonText } from '../values/json-text.ts';
import { weighted } from '../values/unexpected-values.ts';
import type { Violation } from '../fuzz-result.ts';

const EXAMPLES = new URL('../../../libs/orders/schemas/examples/', import.meta.url);

export type EventFigures = ReturnType<typeof fuzzEvents>['figures'];

/** Passes bodies, most of which are not events, to the consumers' library. */
export function fuzzEvents(bodies: number, seed: number) {
  const examples = readdirSync(EXAMPLES).map(
    (file) => JSON.parse(readFileSync(new URL(file, EXAMPLES), 'utf8')) as JsonNode,
  );
  const text = mutated(fc.constantFrom(...examples), 3).map(jsonText);
  const body = weighted([12, text], [1, cut(text)], [1, fc.string({ unit: 'binary' })]);
  let read = 0;
  let refused = 0;
  const property = fc.property(body, (event) => {
    const error = readingError(event);
    if (error === 'REFUSED') refused += 1;
    else if (error === undefined) read += 1;
    else throw new Error(error);
  });
  const details = fc.check(property, { numRuns: bodies, seed });
  const violations: Violation[] = [];
  if (details.failed) {
    const what = `reading an event: ${(details.errorInstance as Error).message}`;
    violations.push({ what, repeat: `readOrderEvent(${JSON.stringify(details.counterexample?.[0])})` });
  }
  return { figures: { bodies: details.numRuns, read, refused }, violations };
}

/** The error in reading a body; undefined for a valid event. */
export function readingError(body: string, read: typeof readOrderEvent = readOrderEvent): string | undefined {
  try {
    const { orderId, version, order, event } = read(body);
    const isSound = order.orderId === orderId && order.version === version && event.subject === orderId;
    return isSound && /^[0-9A-Z]{26}$/.test(orderId) && Number.isInteger(version)
      ? undefined
      : 'an event that contradicts itself';
  } catch (error) {
    if (error instanceof OrderEventError && error.message.length < 1_000) return 'REFUSED';
    return `it threw ${String(error).slice(0, 300)}`;
  }
}

function cut(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.nat(4_000), fc.string({ maxLength: 2 }))
    .map(([whole, at, piece]) => whole.slice(0, at) + piece + whole.slice(at + 1));
}
