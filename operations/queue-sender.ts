import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { Batcher } from '#libs/batching';
import type { Environment } from './environment.ts';
import { persistently } from './pace.ts';

/** The limits of SendMessageBatch. */
const MAX_MESSAGES = 10;
const MAX_BYTES = 1_048_576;
/** An upper limit for attributes and ids of a message. */
const ATTRIBUTES_BYTES = 8_192;

export type OutgoingMessage = Omit<SendMessageBatchRequestEntry, 'Id'>;

/** Sends a message. Resolves to its id once SQS has acknowledged it. It may arrive twice. */
export type SendToQueue = (message: OutgoingMessage) => Promise<string>;

/** Sends to a queue of `#libs/resources`, up to ten messages a call. A FIFO queue keeps the order of each group. */
export async function queueSender(environment: Environment, queueName: string): Promise<SendToQueue> {
  const QueueUrl = await environment.queueUrl(queueName);
  const batcher = new Batcher<OutgoingMessage, string>({
    maxItems: MAX_MESSAGES,
    maxBytes: MAX_BYTES,
    sizeOf: ({ MessageBody = '' }) => Buffer.byteLength(MessageBody) + ATTRIBUTES_BYTES,
    ...(QueueUrl.endsWith('.fifo') && { keyOf: ({ MessageGroupId = '' }) => MessageGroupId }),
    maxInFlight: 4,
    // A tool has fewer in flight.
    maxPending: 100_000,
    send: async (messages) => {
      const Entries = messages.map((message, position) => ({ ...message, Id: String(position) }));
      const { Successful = [], Failed = [] } = await environment.sqs.sendMessageBatch({ QueueUrl, Entries });
      return Entries.map(({ Id }) => {
        const sent = Successful.find((entry) => entry.Id === Id);
        if (sent) return { status: 'fulfilled', value: sent.MessageId ?? '' };
        const { Code = 'nothing', Message = '', SenderFault } = Failed.find((entry) => entry.Id === Id) ?? {};
        const error = new Error(`SQS answers ${Code} ${Message}`);
        return { status: 'rejected', reason: Object.assign(error, { retryable: !SenderFault }) };
      });
    },
  });
  return (message) => persistently(() => batcher.add(message));
}
