import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { Batcher } from '#libs/batching';
import type { Environment } from './environment.ts';
import { persistently } from './pace.ts';

/** What SendMessageBatch takes. */
const MAX_MESSAGES = 10;
const MAX_BYTES = 1_048_576;
/** More than attributes and ids take beside a body. */
const ATTRIBUTES_BYTES = 8_192;

export type OutgoingMessage = Omit<SendMessageBatchRequestEntry, 'Id'>;

/** Sends a message. Resolves to its id once SQS has acknowledged it. It can arrive twice. */
export type SendToQueue = (message: OutgoingMessage) => Promise<string>;

/** Sends to a queue of `#libs/resources`, up to ten messages in a call. In a FIFO queue none passes another of its group. */
export async function queueSender(environment: Environment, queueName: string): Promise<SendToQueue> {
  const QueueUrl = await environment.queueUrl(queueName);
  const batcher = new Batcher<OutgoingMessage, string>({
    maxItems: MAX_MESSAGES,
    maxBytes: MAX_BYTES,
    sizeOf: ({ MessageBody = '' }) => Buffer.byteLength(MessageBody) + ATTRIBUTES_BYTES,
    ...(QueueUrl.endsWith('.fifo') && { keyOf: ({ MessageGroupId = '' }) => MessageGroupId }),
    maxInFlight: 4,
    // More than a tool has in flight at once.
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
