import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DEAD_LETTER_ATTRIBUTES } from '#libs/orders';
import { relayDeadLetterQueue } from '#libs/resources';
import type { CreatedResources } from '../../local/aws/create-resources.ts';
import type { Evidence, ParkedMessage } from './ledger/evidence.ts';
import { depthOf } from './settling.ts';

/** Takes everything off the dead-letter queue of the worker. */
async function parkedMessages(sqs: SQSClient, QueueUrl: string): Promise<ParkedMessage[]> {
  const parked: ParkedMessage[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return parked;
    for (const { MessageId = '', MessageAttributes = {} } of Messages) {
      // SQS itself moves a message that was received too often, and says nothing.
      const messageId = MessageAttributes[DEAD_LETTER_ATTRIBUTES.originalMessageId]?.StringValue ?? MessageId;
      const reason = MessageAttributes[DEAD_LETTER_ATTRIBUTES.code]?.StringValue ?? 'too many receives';
      parked.push({ messageId, reason });
    }
    const Entries = Messages.map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}

export async function deadLetters(
  sqs: SQSClient,
  resources: CreatedResources,
): Promise<Pick<Evidence, 'parked' | 'strayed'>> {
  const strayed: Record<string, number> = {
    [relayDeadLetterQueue.name]: await depthOf(sqs, resources.relayDeadLetterQueueUrl),
  };
  for (const url of [
    ...Object.values(resources.consumerDeadLetterQueueUrls),
    ...Object.values(resources.consumerQueueUrls),
  ]) {
    strayed[url.split('/').at(-1)!] = await depthOf(sqs, url);
  }
  return { parked: await parkedMessages(sqs, resources.ordersDeadLetterQueueUrl), strayed };
}
