import type { Message } from '@aws-sdk/client-sqs';
import type { ReadDeadLetter } from '#libs/dynamodb-streams';
import { DEAD_LETTER_ATTRIBUTES, OrderIds } from '#libs/orders';
import type { Environment } from '../environment.ts';
import { printableLine } from '../terminal.ts';
import type { Quarantine } from './relay-queue.ts';

export interface DeadLetterMessage extends MessageContent {
  messageId: string;
  /** In a FIFO queue: messages of one group keep their order. */
  groupId?: string | undefined;
  /** When SQS took it into this queue, or, where SQS itself moved it, into the one before. ISO 8601, UTC. */
  sentAt: string;
  /** How often it was received in this queue, by this tool, too, and how often it was redriven before. */
  received: number;
  redriven: number;
  bytes: number;
  message: Message;
}

/** What a message says. The kind of its queue knows how to read it. */
export interface MessageContent {
  /** Why it is in the queue: the code is for programs, the detail for people. */
  code: string;
  detail?: string | undefined;
  /** The command, the event or the change that it has, e.g. `order.place.v1`. */
  what: string;
  orderId?: string | undefined;
  orderKey?: string | undefined;
  traceId?: string | undefined;
  /** Of a command: when the api received it; ISO 8601, UTC. What became of it is found by its id. */
  receivedAt?: string | undefined;
  commandId?: string | undefined;
  /** How often it was received before the worker moved it here, and the id that it had then. */
  receivedBefore?: number | undefined;
  originalMessageId?: string | undefined;
  record?: ReadDeadLetter | undefined;
}

/** Where messages go that leave a dead-letter queue. */
export interface Destination {
  /**
   * Resolves once the message has arrived and may leave its queue. A rejection leaves it there, and those behind it.
   * @param before the message of the same order that was moved before, if both were received together
   */
  move(message: DeadLetterMessage, before: DeadLetterMessage | undefined): Promise<void>;
  /** Whether this is a message that was moved just now and has come back. */
  hasReturned?(message: DeadLetterMessage): boolean;
}

/** A dead-letter queue of the pipeline, with what its kind knows of its messages. */
export interface DeadLetterQueue {
  readonly name: string;
  /** The queue that its messages came from. Those of the relay came from none. */
  readonly source?: string;
  readonly fifo: boolean;
  /** Why a message may be in it. */
  readonly codes: readonly string[];
  read(message: Message): MessageContent;
  /** Where a redrive sends the messages. */
  openSource(environment: Environment): Promise<Destination>;
  /** The orders that are in quarantine while they have messages in the queue. */
  openQuarantine?(environment: Environment): Promise<Quarantine>;
}

/** A FIFO queue's message says in its deduplication id how often it was redriven, so its receivers get it as it was. */
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

/** What can be shown of a message without what it says. */
export function summaryOf({ message: _message, record: _record, ...summary }: DeadLetterMessage) {
  return summary;
}

/** What is read of a text that others wrote; undefined when it cannot be read. */
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

/** Selects messages: all that is given must hold, and with nothing given all messages match. */
export interface MessageFilter {
  readonly code?: string;
  /** An order id, or its first 16 characters, the order's key. */
  readonly order?: string;
  /** Message ids, or their beginnings. */
  readonly messages?: readonly string[];
}

export function matches(message: DeadLetterMessage, { code, order, messages }: MessageFilter): boolean {
  return (
    (code === undefined || message.code === code) &&
    (order === undefined || message.orderKey === OrderIds.keyOf(order)) &&
    (messages === undefined || messages.some((start) => message.messageId.startsWith(start)))
  );
}
