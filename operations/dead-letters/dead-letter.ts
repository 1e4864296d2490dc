import type { Message } from '@aws-sdk/client-sqs';
import { readDeadLetter, type ReadDeadLetter, RECORD_DEAD_LETTER_ATTRIBUTES } from '#libs/dynamodb-streams';
import { orderChangeOf, orderKeyOf } from '#libs/order-store';
import { DEAD_LETTER_ATTRIBUTES, isOrderId, OrderIds, type OrderChange, recordedEntryOf } from '#libs/orders';
import { traceIdOf } from '#libs/service';
import { RECEIVED_TOO_OFTEN, UNREADABLE, type DeadLetterQueue } from './dead-letter-queues.ts';
import { printable } from '../terminal.ts';
import { redrivesOf } from './redriven-message.ts';

/** A message of a dead-letter queue, read for people. */
export interface DeadLetter {
  messageId: string;
  /** Of a FIFO queue: its messages keep their order. */
  groupId?: string | undefined;
  /** Why it is here, for programs. */
  code: string;
  /** Why it is here, for people. */
  detail?: string | undefined;
  /** What it asks or tells, e.g. `order.place.v1`. */
  what: string;
  orderId?: string | undefined;
  /** Of the order in the table. */
  orderKey?: string | undefined;
  traceId?: string | undefined;
  /** When SQS took it into this queue, or, if SQS itself moved it, into the one before. ISO 8601, UTC. */
  sentAt: string;
  /** When the api received the command; ISO 8601, UTC. */
  askedAt?: string | undefined;
  /** Of a command: what became of it is found by this. */
  commandId?: string | undefined;
  /** Receives in this queue; each look is one. */
  receives: number;
  /** Receives before the worker parked it. */
  receivesBefore?: number | undefined;
  /** How often it was redriven before. */
  redriven: number;
  /** Id of the message that the worker parked. */
  originalMessageId?: string | undefined;
  bytes: number;
  message: Message;
  /** Of the relay's queue. */
  record?: ReadDeadLetter | undefined;
}

type Told = Pick<DeadLetter, 'code' | 'what'> & Partial<DeadLetter>;

const MAX_TYPE_LENGTH = 60;

export function readLetter(message: Message, { kind }: DeadLetterQueue): DeadLetter {
  const { MessageId = '', Attributes = {}, Body = '' } = message;
  return {
    messageId: MessageId,
    groupId: Attributes.MessageGroupId,
    sentAt: new Date(Number(Attributes.SentTimestamp ?? 0)).toISOString(),
    receives: Number(Attributes.ApproximateReceiveCount ?? 0),
    redriven: redrivesOf(message),
    bytes: Buffer.byteLength(Body),
    message,
    ...(kind === 'record' ? toldOfRecord(message) : toldOfDocument(message)),
  };
}

/** A command or an event: each is JSON, unless somebody else sent it. */
function toldOfDocument(message: Message): Told {
  const document = parsed(message.Body ?? '');
  const { type, name, traceparent, batchId } = document;
  const orderId = texts(document['orderId'], document['subject']).find(isOrderId);
  const about = texts(type, name, batchId).join(' ');
  const receivesBefore = attributeOf(message, DEAD_LETTER_ATTRIBUTES.receiveCount);
  return {
    code: attributeOf(message, DEAD_LETTER_ATTRIBUTES.code) ?? RECEIVED_TOO_OFTEN,
    detail: attributeOf(message, DEAD_LETTER_ATTRIBUTES.detail),
    what: about.slice(0, MAX_TYPE_LENGTH) || 'unreadable',
    orderId,
    orderKey: orderId && OrderIds.keyOf(orderId),
    traceId: traceIdOf(texts(traceparent)[0]),
    askedAt: texts(document['receivedAt'])[0],
    commandId: texts(document['commandId'])[0],
    receivesBefore: receivesBefore === undefined ? undefined : Number(receivesBefore),
    originalMessageId: attributeOf(message, DEAD_LETTER_ATTRIBUTES.originalMessageId),
  };
}

function toldOfRecord(message: Message): Told {
  const code = attributeOf(message, RECORD_DEAD_LETTER_ATTRIBUTES.code) ?? UNREADABLE;
  const record = recordOf(message.Body ?? '');
  if (!record) {
    return { code, detail: attributeOf(message, RECORD_DEAD_LETTER_ATTRIBUTES.detail), what: 'unreadable' };
  }
  const { newImage, keys, eventName } = record.record;
  return {
    code,
    detail: printable(record.detail),
    what: eventName,
    // One that no worker wrote may be anything, and is printed within commands to type.
    orderId: texts(newImage?.['orderId']?.S).find(isOrderId),
    orderKey: orderKeyOf(keys),
    record,
    ...toldOfChange(record),
  };
}

/** An order without a history, which no worker writes, tells less. */
function toldOfChange({ record }: ReadDeadLetter): Partial<Told> {
  const change = changeOf(record);
  if (!change) return {};
  const { event = 'no event', traceparent } = recordedEntryOf(change);
  return { what: `version ${change.order.version}: ${event}`, traceId: traceIdOf(traceparent) };
}

/** An item that can not be read was parked for just that. */
function changeOf(record: ReadDeadLetter['record']): OrderChange | undefined {
  try {
    return orderChangeOf(record);
  } catch {
    return undefined;
  }
}

function recordOf(body: string): ReadDeadLetter | undefined {
  try {
    return readDeadLetter(body);
  } catch {
    return undefined;
  }
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(body);
    return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function texts(...values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === 'string').map(printable);
}

function attributeOf({ MessageAttributes = {} }: Message, name: string): string | undefined {
  const text = MessageAttributes[name]?.StringValue;
  return text === undefined ? undefined : printable(text);
}
