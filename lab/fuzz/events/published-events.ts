import type { Message } from '@aws-sdk/client-sqs';
import { readOrderEvent } from '#libs/order-events';
import type { OrderEvent } from '#libs/orders';
import { attributesOf, drainQueue } from '../../../local/aws/queue-reader.ts';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import type { AsyncApiCheck } from '../../../test/harness/asyncapi-check.ts';
import { until } from '../../pace.ts';
import type { Violation } from '../fuzz-result.ts';

/** The relay may still have to publish the events of all requests. */
const PUBLISHED_WITHIN_MS = 90_000;

/** Receives a service's messages until an event of this order has arrived or the time is up. */
export async function receivedUntil(
  { clients, aws }: LocalPipeline,
  orderId: string,
): Promise<{ received: Message[]; found: boolean }> {
  const received: Message[] = [];
  const found = await until(async () => {
    const came = await drainQueue(clients.sqs, aws.resources.consumerQueueUrls.inventory);
    received.push(...came);
    return came.some(({ Body }) => Body?.includes(orderId));
  }, PUBLISHED_WITHIN_MS);
  return { received, found };
}

/** Each message must be a valid event for the consumers' library and for `/asyncapi.json`. */
export function violationsOf(received: readonly Message[], document: Pick<AsyncApiCheck, 'errorsOf'>): Violation[] {
  return received.flatMap((message) => {
    const repeat = (message.Body ?? '').slice(0, 2_000);
    return errorsOf(message, document).map((error) => ({
      what: `a service received an invalid event: ${error}`,
      repeat,
    }));
  });
}

function errorsOf(message: Message, document: Pick<AsyncApiCheck, 'errorsOf'>): string[] {
  const { Body = '' } = message;
  try {
    readOrderEvent(Body);
    return document.errorsOf(JSON.parse(Body) as OrderEvent, attributesOf(message)).slice(0, 1);
  } catch (error) {
    return [String(error)];
  }
}
