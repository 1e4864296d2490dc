import type { Message } from '@aws-sdk/client-sqs';
import type { ReadDeadLetter } from '#libs/dynamodb-streams';
import { DEAD_LETTER_ATTRIBUTES, OrderIds } from '#libs/orders';
import type { Environment } from '../environment.ts';
import { printableLine } from '../terminal.ts';
import type { Quarantine } from './relay-queue.ts';

export interface DeadLetterMessage extends MessageContent {
  messageId: string;
  /** A FIFO queue keeps the order of the messages of a group. */
  groupId?: string | undefined;
  /** When it was sent to this queue, or to the source where SQS itself moved it. ISO 8601, UTC. */
  sentAt: string;
  /** The receives from this queue, those of this tool included. */
  received: number;
  /** How often operators redrove it before. */
  redriven: number;
  bytes: number;
  message: Message;
}

/** The content of a message, as its queue reads it. */
export interface MessageContent {
  /** The reason why it is in the queue: a code for programs, a detail for people. */
  code: string;
  detail?: string | undefined;
  /** The kind of command, event or change, e.g. `order.place.v1`. */
  what: string;
  orderId?: string | undefined;
  orderKey?: string | undefined;
  traceId?: string | undefined;
  /** When the api received the command; ISO 8601, UTC. The command's outcome is found by its id. */
  receivedAt?: string | undefined;
  commandId?: string | undefined;
  /** The receives before the worker moved it here, and the id of that message. */
  receivedBefore?: number | undefined;
  originalMessageId?: string | undefined;
  record?: ReadDeadLetter | undefined;
}

/** The place to which messages of a dead-letter queue are moved. */
export interface Destination {
  /**
   * Resolves once the message has arrived and may be deleted from its queue. A rejection leaves it and all behind it there.
   * @param before the previous message of the same order, if both were received together
   */
  move(message: DeadLetterMessage, before: DeadLetterMessage | undefined): Promise<void>;
  /** Whether this run moved the message and it came back. */
  hasReturned?(message: DeadLetterMessage): boolean;
}

/** A dead-letter queue of the pipeline, and how its messages are read and redriven. */
export interface DeadLetterQueue {
  readonly name: string;
  /** The queue that its messages came from. The relay's messages came from a stream. */
  readonly source?: string;
  readonly fifo: boolean;
  /** The reasons why a message may be in it. */
  readonly codes: readonly string[];
  read(message: Message): MessageContent;
  /** Opens the destination of a redrive. */
  openDestination(environment: Environment): Promise<Destination>;
  /** Opens the quarantine of the orders that have messages in the queue. */
  openQuarantine?(environment: Environment): Promise<Quarantine>;
}

/** The deduplication id of a FIFO message counts its redrives, so that receivers get the message unchanged. */
const REDRIVE_ID = /^redrive-(\d+)-/;

export function readMessage(message: Message, queue: DeadLetterQueue): DeadLetterMessage {
  const { MessageId = '', Attributes = {}, Body = '' } = message;
  const [, redriveId] = REDRIVE_ID.exec(Attributes.MessageDeduplicationId ?? '') ?? [];
  return {
    messageId: MessageId,
    groupId: Attributes.MessageGroupId,
    ...queue.read(message),
    sentAt: new Date(Number(Attributes.SentTimestamp ?? 0)).toISOString(),
    received: Number(Attributes.ApproximateReceiveCount ?? 0),
    redriven: Number(attributeOf(message, DEAD_LETTER_ATTRIBUTES.redriven) ?? redriveId) || 0,
    bytes: Buffer.byteLength(Body),
    message,
  };
}

/** A message without its body. */
export type DeadLetterSummary = Omit<DeadLetterMessage, 'message' | 'record'>;

export function summaryOf({ message: _message, record: _record, ...summary }: DeadLetterMessage): DeadLetterSummary {
  return summary;
}

/** Reads a text that others wrote; undefined when it cannot be read. */
export function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** A text attribute, for the terminal. */
export function attributeOf({ MessageAttributes = {} }: Message, name: string): string | undefined {
  const text = MessageAttributes[name]?.StringValue;
  return text === undefined ? undefined : printableLine(text);
}

/** Selects the messages that match all given fields. Without any field, all messages match. */
export interface MessageFilter {
  readonly code?: string;
  /** The kind of command, event or change. */
  readonly what?: string;
  /** An order id, or its first 16 characters, the order's key. */
  readonly order?: string;
  /** Message ids, or their first characters. */
  readonly messages?: readonly string[];
}

export function matches(message: DeadLetterSummary, { code, what, order, messages }: MessageFilter): boolean {
  return (
    (code === undefined || message.code === code) &&
    (what === undefined || message.what === what) &&
    (order === undefined || message.orderKey === OrderIds.keyOf(order)) &&
    (messages === undefined || messages.some((start) => message.messageId.startsWith(start)))
  );
}
