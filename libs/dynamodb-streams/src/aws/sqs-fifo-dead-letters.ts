import { createHash } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetter, DeadLetters } from '../dead-letters.ts';
import { InvalidOptionError, StreamConsumerError } from '../errors.ts';
import { unlessAborted } from '../waiting.ts';
import { deadLetterBody } from './dead-letter-body.ts';

/** SQS takes 1 MiB in all; what the attributes take is left free. */
const MAX_BODY_BYTES = 1_048_576 - 4_096;
const MAX_DETAIL_LENGTH = 256;

/** The message attributes of a dead letter; the body has both, the detail in full. */
export const RECORD_DEAD_LETTER_ATTRIBUTES = { code: 'code', detail: 'detail' } as const;

/** What {@link SqsFifoDeadLetters} needs. */
export interface SqsFifoDeadLettersOptions {
  client: SQSClient;
  /** Of a FIFO queue: letters of one item keep their order. */
  queueUrl: string;
  /**
   * A call ends after this many milliseconds, whatever it waits for. Whole, and below the consumer's `publishMarginMs`.
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
  private readonly callTimeoutMs: number;

  /** @throws InvalidOptionError when the queue is not a FIFO queue, or the timeout not a whole number above 0 */
  constructor({ client, queueUrl, callTimeoutMs = 2_500 }: SqsFifoDeadLettersOptions) {
    if (!queueUrl.endsWith('.fifo')) throw new InvalidOptionError(`queueUrl must end with .fifo, got ${queueUrl}`);
    if (!Number.isInteger(callTimeoutMs) || callTimeoutMs < 1) {
      throw new InvalidOptionError(`callTimeoutMs must be whole and above 0, got ${callTimeoutMs}`);
    }
    this.client = client;
    this.queueUrl = queueUrl;
    this.callTimeoutMs = callTimeoutMs;
  }

  /** @throws StreamConsumerError `CALL_TIMEOUT`; other errors are the SDK's. After either the letter may be sent again. */
  async send(letter: DeadLetter): Promise<void> {
    const { record, shardId, code, detail } = letter;
    const message = new SendMessageCommand({
      QueueUrl: this.queueUrl,
      MessageBody: deadLetterBody(letter, MAX_BODY_BYTES),
      MessageGroupId: digestOf(record.itemKey),
      MessageDeduplicationId: digestOf(`${shardId}/${record.sequenceNumber}/${record.eventId}`),
      MessageAttributes: {
        [RECORD_DEAD_LETTER_ATTRIBUTES.code]: { DataType: 'String', StringValue: code },
        [RECORD_DEAD_LETTER_ATTRIBUTES.detail]: { DataType: 'String', StringValue: printable(detail) },
      },
    });
    const abortSignal = AbortSignal.timeout(this.callTimeoutMs);
    // The client asks the signal just before it sends; what comes before that, say credentials, does not.
    if (await unlessAborted(this.client.send(message, { abortSignal }), abortSignal)) return;
    throw new StreamConsumerError(
      'CALL_TIMEOUT',
      `expected SendMessage to answer within ${this.callTimeoutMs} ms, it did not`,
    );
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** SQS refuses control characters and lone surrogates; the cut may have made one. */
function printable(text: string): string {
  return text.slice(0, MAX_DETAIL_LENGTH).replaceAll(/[^\P{C}\t\n]/gu, '?') || 'none';
}
