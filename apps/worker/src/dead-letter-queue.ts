import { type Message, type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { ParkReason } from './failure.ts';

/** How often an operator has redriven the message; kept, so that the next one sees it. */
export const REDRIVEN = 'redriven';

/** Longest `detail`, so that attributes and body together stay under a message's size. */
const MAX_DETAIL_LENGTH = 2_000;

/** Holds messages that will not be handled as they are, each with its reason. */
export class DeadLetterQueue {
  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** Keeps the body as it came; message attributes `reason`, `detail`, `originalMessageId`, `receiveCount`, `parkedAt`. */
  async park(message: Message, reason: ParkReason, detail: string): Promise<void> {
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
          parkedAt: text(new Date().toISOString()),
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
