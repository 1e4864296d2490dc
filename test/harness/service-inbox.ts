import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { OrderEvent } from '#libs/orders';
import { attributesOf, followQueue } from '../../local/aws/queue-reader.ts';
import { ArrivalSignal } from './arrival-signal.ts';
import type { AsyncApiCheck } from './asyncapi-check.ts';

const WAIT_SECONDS = 5;

/** Reads the queue of a service as the service would, and keeps the events in order of arrival. */
export class ServiceInbox {
  readonly events: OrderEvent[] = [];
  /** The attributes of the message of each event. */
  readonly attributes = new Map<OrderEvent, Record<string, string>>();
  /** Differences between the events and `/asyncapi.json`. */
  readonly schemaErrors: string[] = [];
  private readonly queueUrl: string;
  private readonly asyncApi: AsyncApiCheck | undefined;
  private readonly stopping = new AbortController();
  private readonly reading: Promise<void>;
  private readonly arrived = new ArrivalSignal();

  constructor(sqs: SQSClient, queueUrl: string, asyncApi?: AsyncApiCheck) {
    this.queueUrl = queueUrl;
    this.asyncApi = asyncApi;
    const reading = { sqs, queueUrl, waitSeconds: WAIT_SECONDS, signal: this.stopping.signal };
    this.reading = followQueue(reading, (message) => this.take(message));
  }

  /** Waits for this many events of an order. Returns all of its events in order of arrival. */
  waitForEvents(orderId: string, count = 1): Promise<OrderEvent[]> {
    return this.waitFor(`${count} events of ${orderId}`, () => {
      const events = this.events.filter(({ subject }) => subject === orderId);
      return events.length >= count ? events : undefined;
    });
  }

  /** Waits until each of these orders has an event. */
  async waitForOrders(orderIds: readonly string[]): Promise<void> {
    const missing = new Set(orderIds);
    let seen = 0;
    const isComplete = (): true | undefined => {
      for (; seen < this.events.length; seen += 1) missing.delete(this.events[seen]!.subject);
      return missing.size === 0 || undefined;
    };
    await this.waitFor(`events of ${orderIds.length} orders`, isComplete);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.reading;
  }

  private waitFor<Found>(what: string, search: () => Found | undefined): Promise<Found> {
    return this.arrived.waitFor(`${this.queueUrl.split('/').at(-1)}: ${what}`, search);
  }

  private take(message: Message): void {
    const event = JSON.parse(message.Body as string) as OrderEvent;
    const attributes = attributesOf(message);
    this.schemaErrors.push(...(this.asyncApi?.errorsOf(event, attributes) ?? []));
    this.attributes.set(event, attributes);
    this.events.push(event);
    this.arrived.notify();
  }
}
