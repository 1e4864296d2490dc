import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { OrderEventName } from '#libs/orders';
import { applyIfNewer, type ConsumerStore, readOrderEvent } from '#libs/order-events';

const FAILED_CALL_PAUSE_MS = 200;

interface ToldVersions {
  readonly delivered: number[];
  readonly applied: number[];
}

export interface EventServiceOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** Of an event that was applied, so once for each. */
  readonly onApplied: (orderId: string, event: OrderEventName) => void;
}

/**
 * A service that subscribes: takes its queue's events in, applies each that is newer with the consumer library, and keeps
 * the versions of every delivery in the order in which they came.
 */
export class EventService implements ConsumerStore<void> {
  readonly orders = new Map<string, ToldVersions>();
  private readonly options: EventServiceOptions;
  private readonly stopping = new AbortController();
  private readonly reading: Promise<void>;
  private arrived = Promise.withResolvers<void>();

  constructor(options: EventServiceOptions) {
    this.options = options;
    this.reading = this.read();
  }

  /** Resolves at the next events. */
  get nextArrival(): Promise<void> {
    return this.arrived.promise;
  }

  hasApplied(orderId: string, version: number): boolean {
    return (this.orders.get(orderId)?.applied.at(-1) ?? 0) >= version;
  }

  commitIfNewer(orderId: string, version: number): Promise<boolean> {
    if (this.hasApplied(orderId, version)) return Promise.resolve(false);
    this.orders.get(orderId)?.applied.push(version);
    return Promise.resolve(true);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.reading;
  }

  private async read(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.receive().catch(() => sleep(FAILED_CALL_PAUSE_MS));
    }
  }

  private async receive(): Promise<void> {
    const { sqs, queueUrl: QueueUrl } = this.options;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }),
      { abortSignal: this.stopping.signal },
    );
    if (Messages.length === 0) return;
    for (const message of Messages) await this.take(message);
    const Entries = Messages.map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    this.arrived.resolve();
    this.arrived = Promise.withResolvers();
  }

  private async take({ Body = '' }: Message): Promise<void> {
    const received = readOrderEvent(Body);
    const { orderId, version, eventName } = received;
    const known = this.orders.get(orderId);
    if (known) known.delivered.push(version);
    else this.orders.set(orderId, { delivered: [version], applied: [] });
    const outcome = await applyIfNewer(received, this, () => undefined);
    if (outcome === 'applied') this.options.onApplied(orderId, eventName);
  }
}
