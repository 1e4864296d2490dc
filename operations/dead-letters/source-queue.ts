import type { Message } from '@aws-sdk/client-sqs';
import { DEAD_LETTER_ATTRIBUTES, isOrderId, OrderIds } from '#libs/orders';
import { traceIdOf } from '#libs/service';
import type { OutgoingMessage, SendToQueue } from '../queue-sender.ts';
import { printableLine } from '../terminal.ts';
import {
  attempt,
  attributeOf,
  type DeadLetterMessage,
  type Destination,
  type MessageContent,
} from './dead-letter-message.ts';

/** SQS itself moved the message. Why the receivers did not delete it is unknown. */
export const RECEIVED_TOO_OFTEN = 'RECEIVED_TOO_OFTEN';

const MAX_WHAT_LENGTH = 60;

/** The queue that the messages came from, as the destination of a redrive. */
export function sourceQueue(send: SendToQueue): Destination {
  const sentIds = new Set<string>();
  return {
    async move(message) {
      sentIds.add(await send(redrivenMessage(message)));
    },
    hasReturned: ({ messageId, originalMessageId = '' }) => sentIds.has(messageId) || sentIds.has(originalMessageId),
  };
}

/** The original message: same body, group and attributes. A FIFO queue drops a duplicate for five minutes. */
function redrivenMessage({ messageId, redriven, message }: DeadLetterMessage): OutgoingMessage {
  const { Body, Attributes: { MessageGroupId, AWSTraceHeader } = {}, MessageAttributes = {} } = message;
  const times = String(redriven + 1);
  const addedNames: readonly string[] = Object.values(DEAD_LETTER_ATTRIBUTES);
  const own = Object.entries(MessageAttributes).filter(([name]) => !addedNames.includes(name));
  if (!MessageGroupId) own.push([DEAD_LETTER_ATTRIBUTES.redriven, { DataType: 'String', StringValue: times }]);
  return {
    MessageBody: Body,
    MessageAttributes: Object.fromEntries(own),
    ...(MessageGroupId && { MessageGroupId, MessageDeduplicationId: `redrive-${times}-${messageId}` }),
    ...(AWSTraceHeader && {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: AWSTraceHeader } },
    }),
  };
}

/** Reads a command or an event. A message of another sender may be anything. */
export function readDocument(message: Message): MessageContent {
  const document = Object(attempt(() => JSON.parse(message.Body ?? '') as unknown)) as Record<string, unknown>;
  const text = (name: string) => (typeof document[name] === 'string' ? printableLine(document[name]) : undefined);
  const orderId = text('orderId') ?? text('subject') ?? '';
  const what = [text('type'), text('name'), text('batchId')].filter(Boolean).join(' ');
  return {
    code: attributeOf(message, DEAD_LETTER_ATTRIBUTES.code) ?? RECEIVED_TOO_OFTEN,
    detail: attributeOf(message, DEAD_LETTER_ATTRIBUTES.detail),
    what: what.slice(0, MAX_WHAT_LENGTH) || 'unreadable',
    ...(isOrderId(orderId) && { orderId, orderKey: OrderIds.keyOf(orderId) }),
    traceId: traceIdOf(text('traceparent')),
    receivedAt: text('receivedAt'),
    commandId: text('commandId'),
    receivedBefore: Number(attributeOf(message, DEAD_LETTER_ATTRIBUTES.receiveCount)) || undefined,
    originalMessageId: attributeOf(message, DEAD_LETTER_ATTRIBUTES.originalMessageId),
  };
}
