import type { Message, MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { DEAD_LETTER_ATTRIBUTES } from '#libs/orders';

const REDRIVEN = DEAD_LETTER_ATTRIBUTES.redriven;
/** What the worker adds when it parks. */
const PARKING_ATTRIBUTES: ReadonlySet<string> = new Set(Object.values(DEAD_LETTER_ATTRIBUTES));
/** A FIFO queue's message says it in its deduplication id, so that its receivers get it as it was. */
const DEDUPLICATION_ID = /^redrive-(\d+)-/;

/** How often a message was redriven before it came here. */
export function redrivesOf({ MessageAttributes = {}, Attributes = {} }: Message): number {
  const said =
    MessageAttributes[REDRIVEN]?.StringValue ?? DEDUPLICATION_ID.exec(Attributes.MessageDeduplicationId ?? '')?.[1];
  return Number(said ?? 0) || 0;
}

/**
 * A message as it came, for the queue that it came from: same body, own attributes and group. Sent twice, SQS drops the
 * second of a FIFO queue for five minutes.
 */
export function redrivenEntry(message: Message, Id: string): SendMessageBatchRequestEntry {
  const { MessageId = '', Body = '', Attributes = {}, MessageAttributes = {} } = message;
  const times = redrivesOf(message) + 1;
  const { MessageGroupId, AWSTraceHeader } = Attributes;
  const own = Object.entries(MessageAttributes).filter(([name]) => !PARKING_ATTRIBUTES.has(name));
  const redriven: [string, MessageAttributeValue][] = MessageGroupId
    ? []
    : [[REDRIVEN, { DataType: 'String', StringValue: String(times) }]];
  return {
    Id,
    MessageBody: Body,
    MessageAttributes: Object.fromEntries([...own, ...redriven]),
    ...(MessageGroupId && { MessageGroupId, MessageDeduplicationId: `redrive-${times}-${MessageId}` }),
    ...(AWSTraceHeader && {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: AWSTraceHeader } },
    }),
  };
}
