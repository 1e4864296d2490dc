import { type Message, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { Batcher } from '#libs/batching';
import type { DeadLetter } from './dead-letter.ts';
import type { LetterMover } from './letter-run.ts';
import { redrivenEntry } from './redriven-message.ts';

/** What a batch call takes. */
const MOST = 10;
/** More than one run has in hand. */
const MOST_PENDING = 100_000;
const MOST_BYTES = 1_048_576;
/** Above what attributes take beside a body. */
const ATTRIBUTE_BYTES = 8_192;

/** Waits until a command has been decided; `false` when that takes too long. */
export type Decision = (command: DeadLetter) => Promise<boolean>;

/** The queue that dead letters came from: moves each back there, those of an order one after the other. */
export class SourceQueue implements LetterMover {
  private readonly sqs: SQSClient;
  private readonly queueUrl: string;
  private readonly decided: Decision | undefined;
  private readonly sent = new Set<string>();
  private readonly batcher: Batcher<Message, void>;

  /** @param decided for a queue without order: the next command of an order waits for this one's decision */
  constructor(sqs: SQSClient, queueUrl: string, decided?: Decision) {
    this.sqs = sqs;
    this.queueUrl = queueUrl;
    this.decided = decided;
    this.batcher = new Batcher({
      maxItems: MOST,
      maxBytes: MOST_BYTES,
      sizeOf: ({ Body = '' }) => Buffer.byteLength(Body) + ATTRIBUTE_BYTES,
      maxInFlight: 4,
      maxPending: MOST_PENDING,
      send: (messages) => this.send(messages),
    });
  }

  async move(letter: DeadLetter, before: DeadLetter | undefined): Promise<void> {
    if (before && this.decided && !(await this.decided(before))) {
      throw new Error(`the command before it, ${before.messageId}, was sent and has not been decided yet`);
    }
    await this.batcher.add(letter.message);
  }

  hasReturned({ messageId, originalMessageId }: DeadLetter): boolean {
    return this.sent.has(messageId) || (originalMessageId !== undefined && this.sent.has(originalMessageId));
  }

  private async send(messages: readonly Message[]): Promise<PromiseSettledResult<void>[]> {
    const Entries = messages.map((message, position) => redrivenEntry(message, String(position)));
    const answer = await this.sqs.send(new SendMessageBatchCommand({ QueueUrl: this.queueUrl, Entries }));
    return Entries.map(({ Id }) => {
      const sent = answer.Successful?.find((entry) => entry.Id === Id);
      if (sent?.MessageId) {
        this.sent.add(sent.MessageId);
        return { status: 'fulfilled', value: undefined };
      }
      const { Code = 'nothing', Message = '' } = answer.Failed?.find((entry) => entry.Id === Id) ?? {};
      return { status: 'rejected', reason: new Error(`SQS answers ${Code} ${Message}`) };
    });
  }
}
