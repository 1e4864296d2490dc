import type { Message } from '@aws-sdk/client-sqs';
import { readOrderEvent } from '#libs/order-events';
import type { OrderEvent } from '../../libs/orders/src/order-event.ts';
import type { AsyncApiCheck } from '../../test/harness/asyncapi-check.ts';
import type { Violation } from '../violation.ts';

/** Events that a service was told, of which each must be one for the consumers' library and for `/asyncapi.json`. */
export function faultsOfTold(told: readonly Message[], document: Pick<AsyncApiCheck, 'faultsOf'>): Violation[] {
  return told.flatMap(({ Body = '', MessageAttributes = {} }) => {
    const attributes = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue ?? '']);
    const faults = faultsOf(Body, Object.fromEntries(attributes) as Record<string, string>, document);
    return faults.map((fault) => ({ what: `a service was told no event: ${fault}`, repeat: Body.slice(0, 2_000) }));
  });
}

function faultsOf(
  body: string,
  attributes: Record<string, string>,
  document: Pick<AsyncApiCheck, 'faultsOf'>,
): string[] {
  try {
    readOrderEvent(body);
    return document.faultsOf(JSON.parse(body) as OrderEvent, attributes).slice(0, 1);
  } catch (error) {
    return [String(error)];
  }
}
