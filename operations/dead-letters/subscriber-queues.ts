import { eventConsumers } from '#libs/resources';
import { queueSender } from '../queue-sender.ts';
import type { DeadLetterQueue } from './dead-letter-message.ts';
import { readDocument, RECEIVED_TOO_OFTEN, sourceQueue } from './source-queue.ts';

/** The dead-letter queues of the subscribing services. SQS moves events there, and some services themselves. */
export const subscriberQueues: readonly DeadLetterQueue[] = eventConsumers.map((consumer) => {
  const { name, queue, deadLetterCodes = [] } = consumer;
  if (!queue.redrive) throw new Error(`expected ${name} to have a dead-letter queue`);
  return {
    name: queue.redrive.queue.name,
    source: queue.name,
    fifo: true,
    codes: [...deadLetterCodes, RECEIVED_TOO_OFTEN],
    read: readDocument,
    openDestination: async (environment) => sourceQueue(await queueSender(environment, queue.name)),
  };
});
