import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { OrderEvent } from '#libs/orders';
import { attributesOf, followQueue } from '../../local/aws/queue-reader.ts';
import { Arrivals } from './arrivals.ts';
import type { AsyncApiCheck } from './asyncapi-check.ts';

const WAIT_SECONDS = 5;

/** Reads a service's queue as that service would, and keeps what came in order of arrival. */
export class ServiceInbox {
  readonly events: OrderEvent[] = [];
  /** Attributes of the message that brought an event. */
  readonly attributes = new Map<OrderEvent, Record<string, string>>();
  /** How the events that came differ from `/asyncapi.json`. */
  readonly faults: string[] = [];
  private readonly queueUrl: string;
  private readonly asyncApi: AsyncApiCheck | undefined;
  private readonly stopping = new AbortController();
  private readonly reading: Promise<void>;
  private readonly arrivals = new Arrivals();

  constructor(sqs: SQSClient, queueUrl: string, asyncApi?: AsyncApiCheck) {
    this.queueUrl = queueUrl;
    this.asyncApi = asyncApi;
    const reading = { sqs, queueUrl, waitSeconds: WAIT_SECONDS, signal: this.stopping.signal };
    this.reading = followQueue(reading, (message) => this.take(message));
  }

  /** The events of an order, in order of arrival, as soon as there are that many. */
  eventsOf(orderId: string, count = 1): Promise<OrderEvent[]> {
    return this.first(`${count} events of ${orderId}`, () => {
      const events = this.of(orderId);
      return events.length >= count ? events : undefined;
    });
  }

  /** Waits until every one of these orders has an event. */
  async untilTold(orderIds: readonly string[], timeoutMs = 60_000): Promise<void> {
    const missing = new Set(orderIds);
    let seen = 0;
    const isComplete = (): true | undefined => {
      for (; seen < this.events.length; seen += 1) missing.delete(this.events[seen]!.subject);
      return missing.size === 0 || undefined;
    };
    await this.first(`events of ${orderIds.length} orders`, isComplete, timeoutMs);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.reading;
  }

  private of(orderId: string): OrderEvent[] {
    return this.events.filter(({ subject }) => subject === orderId);
  }

  private first<Found>(what: string, search: () => Found | undefined, timeoutMs?: number): Promise<Found> {
    return this.arrivals.first(`${this.queueUrl.split('/').at(-1)}: ${what}`, search, timeoutMs);
  }

  private take(message: Message): void {
    const event = JSON.parse(message.Body as string) as OrderEvent;
    const attributes = attributesOf(message);
    this.faults.push(...(this.asyncApi?.faultsOf(event, attributes) ?? []));
    this.attributes.set(event, attributes);
    this.events.push(event);
    this.arrivals.announce();
  }
}
