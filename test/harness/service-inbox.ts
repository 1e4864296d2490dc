import {
  DeleteMessageBatchCommand,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { OrderEvent } from '#libs/orders';
import type { AsyncApiCheck } from './asyncapi-check.ts';
import { deadline } from './deadline.ts';

/** Reads a service's queue as that service would, and keeps what came in order of arrival. */
export class ServiceInbox {
  readonly events: OrderEvent[] = [];
  /** Of the message that brought an event. */
  readonly attributes = new Map<OrderEvent, Record<string, string>>();
  /** What `/asyncapi.json` does not say of the events that came. */
  readonly faults: string[] = [];
  private readonly stopping = new AbortController();
  private readonly reading: Promise<void>;
  private arrived = Promise.withResolvers<void>();

  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
    private readonly asyncApi?: AsyncApiCheck,
  ) {
    this.reading = this.read();
  }

  /** The events of an order, in order of arrival, as soon as there are that many. */
  async eventsOf(orderId: string, count = 1): Promise<OrderEvent[]> {
    await this.until(() => this.of(orderId).length >= count, `${count} events of ${orderId}`);
    return this.of(orderId);
  }

  /** Waits until every one of these orders has an event. */
  async untilTold(orderIds: readonly string[], timeoutMs = 60_000): Promise<void> {
    const missing = () => orderIds.filter((orderId) => this.of(orderId).length === 0);
    await this.until(() => missing().length === 0, `events of ${orderIds.length} orders`, timeoutMs);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.reading;
  }

  private of(orderId: string): OrderEvent[] {
    return this.events.filter(({ subject }) => subject === orderId);
  }

  private async until(reached: () => boolean, what: string, timeoutMs?: number): Promise<void> {
    const end = deadline(`${this.queueUrl.split('/').at(-1)}: ${what}`, timeoutMs);
    try {
      while (!reached()) await Promise.race([this.arrived.promise, end.passed]);
    } finally {
      end.clear();
    }
  }

  private async read(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.receive();
      } catch (error) {
        if (!this.stopping.signal.aborted) throw error;
      }
    }
  }

  private async receive(): Promise<void> {
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 5,
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: this.stopping.signal },
    );
    if (Messages.length === 0) return;
    for (const { Body, MessageAttributes = {} } of Messages)
      this.take(JSON.parse(Body as string) as OrderEvent, MessageAttributes);
    const Entries = Messages.map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle }));
    await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.queueUrl, Entries }));
    this.arrived.resolve();
    this.arrived = Promise.withResolvers();
  }

  private take(event: OrderEvent, attributes: Record<string, MessageAttributeValue>): void {
    const headers = Object.entries(attributes).map(([name, { StringValue }]) => [name, StringValue ?? '']);
    const attributesText = Object.fromEntries(headers) as Record<string, string>;
    this.faults.push(...(this.asyncApi?.faultsOf(event, attributesText) ?? []));
    this.attributes.set(event, attributesText);
    this.events.push(event);
  }
}
