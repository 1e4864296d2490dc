import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetQueueAttributesCommand, type Message, SendMessageCommand } from '@aws-sdk/client-sqs';
import { orderIds } from '../../libs/orders/src/testing/order-factory.ts';
import { type AwsClients, awsClients } from '../../local/aws/aws-clients.ts';
import { type LocalAws, startLocalAws } from '../../local/aws/local-aws.ts';
import { drainQueue } from '../../local/aws/queue-reader.ts';
import { defaultPorts } from '../../local/ports.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { runTool, type ToolRun } from './tool-run.ts';

/** The output of `npm run dlq -- list --json`. */
export interface Listing {
  matching: number;
  unseen: number;
  messages: { messageId: string; code: string; orderId?: string; redriven: number }[];
}

export function aCommand(
  orderId: string = orderIds.issue('cust-1', randomUUID()),
  receivedAt = '2026-01-02T03:04:05.678Z',
): string {
  return JSON.stringify({ type: 'order.place.v1', orderId, receivedAt });
}

/** The queues of the pipeline on this machine, and `npm run dlq` on them. */
export class LocalQueues {
  readonly aws: LocalAws;
  readonly clients: AwsClients;
  /** The environment variables of the tool. */
  readonly env: Record<string, string>;
  /** A folder for files, deleted at the end. */
  readonly folder = mkdtempSync(join(tmpdir(), 'dlq-'));

  private constructor(aws: LocalAws, ports: Record<string, string>) {
    this.aws = aws;
    this.clients = awsClients(aws.env);
    this.env = { ...aws.env, ...ports, DLQ_HIDDEN_SECONDS: '5', DLQ_POLL_SECONDS: '0' };
  }

  static async start(): Promise<LocalQueues> {
    const [AWS_PORT = 0, DYNAMODB_PORT = 0] = await freePorts(2);
    const aws = await startLocalAws({ ports: { ...defaultPorts, AWS_PORT, DYNAMODB_PORT } });
    return new LocalQueues(aws, { AWS_PORT: String(AWS_PORT), DYNAMODB_PORT: String(DYNAMODB_PORT) });
  }

  async stop(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    this.clients.destroy();
    await this.aws.stop();
  }

  async empty(): Promise<void> {
    const { resources } = this.aws;
    const { ordersQueueUrl, ordersDeadLetterQueueUrl, consumerQueueUrls, consumerDeadLetterQueueUrls } = resources;
    const { inventory } = consumerQueueUrls;
    const urls = [ordersQueueUrl, ordersDeadLetterQueueUrl, inventory, consumerDeadLetterQueueUrls.inventory];
    await Promise.all(urls.map((url) => this.taken(url)));
  }

  dlq(...args: readonly string[]): Promise<ToolRun> {
    return runTool('dlq.ts', this.env, ...args);
  }

  async seen<Document>(...args: readonly string[]): Promise<Document> {
    const { out, err, code } = await this.dlq(...args, '--json');
    if (code !== 0) throw new Error(`expected exit 0, got ${code}: ${err}`);
    return JSON.parse(out) as Document;
  }

  /** Puts a command into the orders' dead-letter queue as the worker does, or without a code as SQS does. */
  async deadCommand(body: string, code?: string): Promise<void> {
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const MessageAttributes =
      code === undefined ? {} : { code: text(code), detail: text('as it is'), own: text('kept') };
    const QueueUrl = this.aws.resources.ordersDeadLetterQueueUrl;
    await this.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes }));
  }

  /** Puts an event into the dead-letter queue of inventory as SQS does. */
  async deadEvent(orderId: string, version: number): Promise<void> {
    await this.clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: this.aws.resources.consumerDeadLetterQueueUrls.inventory,
        MessageBody: JSON.stringify({
          type: 'com.example.orders.order.shipped.v1',
          subject: orderId,
          sequence: version,
        }),
        MessageGroupId: orderId,
        MessageDeduplicationId: `${orderId}:${version}`,
        MessageAttributes: { channel: { DataType: 'String', StringValue: 'RETAIL' } },
      }),
    );
  }

  /** Receives and deletes all visible messages. */
  taken(queueUrl: string): Promise<Message[]> {
    return drainQueue(this.clients.sqs, queueUrl);
  }

  async depthOf(QueueUrl: string): Promise<{ visible: number; inFlight: number }> {
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes = {} } = await this.clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
    );
    return { visible: Number(Attributes[AttributeNames[0]]), inFlight: Number(Attributes[AttributeNames[1]]) };
  }
}
