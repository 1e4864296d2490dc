import { type Message, type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetterReason } from './failure.ts';

/** The attribute that counts how often operators have redriven the message; kept so that the next operator sees it. */
export const REDRIVEN = 'redriven';

/** Longest `detail`, so that attributes and body together stay under a message's size. */
const MAX_DETAIL_LENGTH = 2_000;

/** Holds messages that cannot be handled as they are, each with its reason. */
export class DeadLetterQueue {
  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** Keeps the body as it is. Message attributes: `reason`, `detail`, `originalMessageId`, `receiveCount`, `deadLetteredAt`. */
  async add(message: Message, reason: DeadLetterReason, detail: string): Promise<void> {
    const redriven = message.MessageAttributes?.[REDRIVEN];
    await this.sqs.send(
      new SendMessageCommand({
        QueueUrl: this.queueUrl,
        MessageBody: message.Body,
        MessageAttributes: {
          reason: text(reason),
          detail: text(printable(detail.slice(0, MAX_DETAIL_LENGTH))),
          originalMessageId: text(message.MessageId ?? 'unknown'),
          receiveCount: text(message.Attributes?.ApproximateReceiveCount ?? '0'),
          deadLetteredAt: text(new Date().toISOString()),
          ...(redriven && { [REDRIVEN]: redriven }),
        },
      }),
    );
  }
}

function text(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value };
}

/** SQS refuses attributes with control characters. */
function printable(value: string): string {
  return value.replaceAll(/[^\P{C}\t\n]/gu, '?') || 'none';
}
