import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '@aws-sdk/client-sqs';
import { readOrderEvent } from '#libs/order-events';
import type { OrderEvent } from '#libs/orders';
import type { AsyncApiCheck } from '../../../test/harness/asyncapi-check.ts';
import { drained } from '../messages/queue-reading.ts';
import type { FuzzedPipeline } from '../pipeline/fuzzed-pipeline.ts';
import type { Violation } from '../violation.ts';

/** The relay may be behind by what all the requests have made. */
const TOLD_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 250;

/** Takes what a service was told, until it was told of this order or the time is up. */
export async function toldUntil(
  { clients, aws }: FuzzedPipeline,
  orderId: string,
): Promise<{ told: Message[]; found: boolean }> {
  const told: Message[] = [];
  const deadline = performance.now() + TOLD_WITHIN_MS;
  for (;;) {
    const came = await drained(clients.sqs, aws.resources.consumerQueueUrls.inventory);
    told.push(...came);
    const found = came.some(({ Body }) => Body?.includes(orderId));
    if (found || performance.now() > deadline) return { told, found };
    await sleep(LOOK_EVERY_MS);
  }
}

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
