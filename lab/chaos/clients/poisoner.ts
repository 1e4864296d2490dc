import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Bodies that are no command, each in another way. */
const malformedBodies = [
  'not JSON',
  '{}',
  '{"type":"order.place.v1"}',
  '{"type":"order.place.v1","commandId":"x","orderId":"x","customerId":"x","request":{"lineItems":[]}}',
  '{"type":"order.change.v1","name":"cancelOrder"}',
] as const;

/** Puts malformed messages into the orders queue, and remembers each by its id. */
export class Poisoner {
  readonly messageIds: string[] = [];
  private readonly sqs: SQSClient;
  private readonly queueUrl: string;

  constructor(sqs: SQSClient, queueUrl: string) {
    this.sqs = sqs;
    this.queueUrl = queueUrl;
  }

  async send(variant: number): Promise<void> {
    const MessageBody = malformedBodies[variant % malformedBodies.length]!;
    const { MessageId } = await this.sqs.send(new SendMessageCommand({ QueueUrl: this.queueUrl, MessageBody }));
    this.messageIds.push(MessageId ?? '');
  }
}
