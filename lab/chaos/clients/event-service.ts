import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { applyIfNewer, type ConsumerStore, readOrderEvent } from '#libs/order-events';
import type { OrderEventName } from '#libs/orders';
import { followQueue } from '../../../local/aws/queue-reader.ts';

const FAILED_CALL_PAUSE_MS = 200;
const WAIT_SECONDS = 5;

/**
 * A subscribing service: it reads its queue, applies each newer event with the consumer library, and keeps the versions of all
 * deliveries in their order.
 */
export class EventService implements ConsumerStore<void> {
  readonly orders = new Map<string, { readonly delivered: number[]; readonly applied: number[] }>();
  private readonly onApplied: (orderId: string, event: OrderEventName) => void;
  private readonly stopping = new AbortController();
  private readonly reading: Promise<void>;

  /** @param onApplied called for each event that was applied */
  constructor(sqs: SQSClient, queueUrl: string, onApplied: (orderId: string, event: OrderEventName) => void) {
    this.onApplied = onApplied;
    this.reading = this.read(sqs, queueUrl);
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

  private async read(sqs: SQSClient, queueUrl: string): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const following = followQueue({ sqs, queueUrl, waitSeconds: WAIT_SECONDS, signal }, (message) =>
        this.take(message),
      );
      await following.catch(() => sleep(FAILED_CALL_PAUSE_MS));
    }
  }

  private async take({ Body = '' }: Message): Promise<void> {
    const received = readOrderEvent(Body);
    const { orderId, version, eventName } = received;
    const known = this.orders.get(orderId);
    if (known) known.delivered.push(version);
    else this.orders.set(orderId, { delivered: [version], applied: [] });
    const outcome = await applyIfNewer(received, this, () => undefined);
    if (outcome === 'applied') this.onApplied(orderId, eventName);
  }
}
