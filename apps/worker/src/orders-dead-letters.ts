import { type Message, type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DEAD_LETTER_ATTRIBUTES, type CommandDeadLetterCode } from '#libs/orders';

/** Longest `detail`, so that attributes and body together stay under a message's size. */
const MAX_DETAIL_LENGTH = 2_000;

/** Holds messages that cannot be handled as they are, each with a code and a detail that say why. */
export class OrdersDeadLetters {
  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
  ) {}

  /** Keeps the body as it is, and adds {@link DEAD_LETTER_ATTRIBUTES}. */
  async add(message: Message, code: CommandDeadLetterCode, detail: string): Promise<void> {
    const names = DEAD_LETTER_ATTRIBUTES;
    const redriven = message.MessageAttributes?.[names.redriven];
    await this.sqs.send(
      new SendMessageCommand({
        QueueUrl: this.queueUrl,
        MessageBody: message.Body,
        MessageAttributes: {
          [names.code]: text(code),
          [names.detail]: text(printable(detail.slice(0, MAX_DETAIL_LENGTH))),
          [names.originalMessageId]: text(message.MessageId ?? 'unknown'),
          [names.receiveCount]: text(message.Attributes?.ApproximateReceiveCount ?? '0'),
          [names.deadLetteredAt]: text(new Date().toISOString()),
          ...(redriven && { [names.redriven]: redriven }),
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
