import { createHash } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetter, DeadLetters } from '../dead-letters.ts';
import { InvalidOptionError } from '../errors.ts';
import { callLimit } from './call-limit.ts';
import { deadLetterBody } from './dead-letter-body.ts';

/** SQS accepts 1 MiB in total; some of it is left for the attributes. */
const MAX_BODY_BYTES = 1_048_576 - 4_096;
const MAX_DETAIL_LENGTH = 256;

/** The message attributes of a dead letter; the body has both, the detail in full. */
export const RECORD_DEAD_LETTER_ATTRIBUTES = { code: 'code', detail: 'detail' } as const;

/** Options of {@link SqsFifoDeadLetters}. */
export interface SqsFifoDeadLettersOptions {
  client: SQSClient;
  /** URL of a FIFO queue: dead letters of one item keep their order. */
  queueUrl: string;
  /**
   * A call ends after this many milliseconds, whatever it waits for. A whole number, below the consumer's `publishMarginMs`.
   * Default 2,500.
   */
  callTimeoutMs?: number;
}

/**
 * Keeps dead letters in an SQS FIFO queue: group = a digest of the item's key, deduplication id = a digest of the record's
 * identity, body = {@link deadLetterBody}, message attributes `code` and `detail`.
 */
export class SqsFifoDeadLetters implements DeadLetters {
  private readonly client: SQSClient;
  private readonly queueUrl: string;
  private readonly withinLimit: ReturnType<typeof callLimit>;

  /** @throws InvalidOptionError when the queue is not a FIFO queue, or the timeout not a whole number above 0 */
  constructor({ client, queueUrl, callTimeoutMs = 2_500 }: SqsFifoDeadLettersOptions) {
    if (!queueUrl.endsWith('.fifo')) throw new InvalidOptionError(`queueUrl must end with .fifo, got ${queueUrl}`);
    this.client = client;
    this.queueUrl = queueUrl;
    this.withinLimit = callLimit(callTimeoutMs);
  }

  /** @throws StreamConsumerError `CALL_TIMEOUT`; other errors are the SDK's. After either the dead letter may be sent again. */
  async send(deadLetter: DeadLetter): Promise<void> {
    const { record, shardId, code, detail } = deadLetter;
    const message = new SendMessageCommand({
      QueueUrl: this.queueUrl,
      MessageBody: deadLetterBody(deadLetter, MAX_BODY_BYTES),
      MessageGroupId: digestOf(record.itemKey),
      MessageDeduplicationId: digestOf(`${shardId}/${record.sequenceNumber}/${record.eventId}`),
      MessageAttributes: {
        [RECORD_DEAD_LETTER_ATTRIBUTES.code]: { DataType: 'String', StringValue: code },
        [RECORD_DEAD_LETTER_ATTRIBUTES.detail]: { DataType: 'String', StringValue: printable(detail) },
      },
    });
    await this.withinLimit('SendMessage', (options) => this.client.send(message, options));
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** SQS refuses control characters and lone surrogates; the cut may have made one. */
function printable(text: string): string {
  return text.slice(0, MAX_DETAIL_LENGTH).replaceAll(/[^\P{C}\t\n]/gu, '?') || 'none';
}
