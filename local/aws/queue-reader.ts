import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

const MAX_MESSAGES = 10;
const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

export interface ReadOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** The longest wait for a message in a call, in seconds, at most 20. Default: 0. */
  readonly waitSeconds?: number;
  /** Messages in a call, from 1 to 10. Default: 10. */
  readonly most?: number;
  readonly signal?: AbortSignal;
}

type Handle = (message: Message) => void | Promise<void>;

/** Receives messages once, passes each to `handle`, then deletes them. Returns the messages. */
export async function takeMessages(reading: ReadOptions, handle: Handle = () => undefined): Promise<Message[]> {
  const { sqs, queueUrl: QueueUrl, waitSeconds = 0, most = MAX_MESSAGES, signal } = reading;
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: most,
      WaitTimeSeconds: waitSeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
    signal && { abortSignal: signal },
  );
  if (Messages.length === 0) return [];
  for (const message of Messages) await handle(message);
  const Entries = Messages.map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  return Messages;
}

/** Receives and deletes all visible messages of a queue. */
export async function drainQueue(sqs: SQSClient, queueUrl: string): Promise<Message[]> {
  const drained: Message[] = [];
  for (;;) {
    const messages = await takeMessages({ sqs, queueUrl });
    if (messages.length === 0) return drained;
    drained.push(...messages);
  }
}

/** Receives, handles and deletes messages until the signal aborts. @throws the error of a call or of `handle` before that */
export async function followQueue(reading: ReadOptions & { signal: AbortSignal }, handle: Handle): Promise<void> {
  const { signal } = reading;
  while (!signal.aborted) {
    try {
      await takeMessages(reading, handle);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** The number of messages in a queue: visible, in flight or delayed. */
export async function depthOf(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] }));
  return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

/** The text attributes of a message. */
export function attributesOf({ MessageAttributes = {} }: Message): Record<string, string> {
  const texts = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue ?? '']);
  return Object.fromEntries(texts) as Record<string, string>;
}
