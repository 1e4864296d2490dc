import { setTimeout as sleep } from 'node:timers/promises';
import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { StoredOrder } from './ledger/evidence.ts';
import type { EventService } from './services/event-service.ts';

const LOOK_EVERY_MS = 250;

/** Messages of a queue, waiting or in somebody's hand. */
export async function depthOf(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, ApproximateNumberOfMessagesDelayed } =
    Attributes;
  return [
    ApproximateNumberOfMessages,
    ApproximateNumberOfMessagesNotVisible,
    ApproximateNumberOfMessagesDelayed,
  ].reduce((sum, count) => sum + Number(count ?? 0), 0);
}

interface ScannedOrder extends StoredOrder {
  readonly payment: { readonly reference: string };
}

/** Everything in the orders table. */
export async function storedOrders(dynamodb: DynamoDBClient, TableName: string): Promise<StoredOrder[]> {
  const stored: StoredOrder[] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await dynamodb.send(
      new ScanCommand({
        TableName,
        ConsistentRead: true,
        ExclusiveStartKey: from,
        ProjectionExpression: 'orderId, version, history, payment',
      }),
    );
    for (const item of page.Items ?? []) {
      const { orderId, version, history, payment } = unmarshall(item) as ScannedOrder;
      const entries = history.map(({ version, event, commandId, at }) => ({ version, event, commandId, at }));
      stored.push({ orderId, version, history: entries, reference: payment.reference });
    }
    from = page.LastEvaluatedKey;
  } while (from);
  return stored;
}

export interface SettlingOptions {
  /** Messages in the orders queue. */
  readonly backlog: () => Promise<number>;
  readonly stored: () => Promise<StoredOrder[]>;
  readonly services: readonly EventService[];
  /** Whether somebody still asks for something. */
  readonly busy: () => boolean;
  /** When what is missing by then counts as lost. */
  readonly signal: AbortSignal;
}

/**
 * Waits until nothing moves any more: nobody asks for anything, the orders queue is empty and each service was told every
 * version in the table. An event makes the warehouse ask for the next, so it looks again until nothing came of a look.
 * Returns the table; what it holds and nobody was told when the time is up is for the ledger to say.
 */
export async function settled({ backlog, stored, services, busy, signal }: SettlingOptions): Promise<StoredOrder[]> {
  for (;;) {
    while ((busy() || (await backlog()) > 0) && !signal.aborted) await sleep(LOOK_EVERY_MS);
    const orders = await stored();
    await Promise.all(services.map((service) => untilTold(service, orders, signal)));
    if (signal.aborted || (!busy() && (await backlog()) === 0)) return signal.aborted ? stored() : orders;
  }
}

async function untilTold(service: EventService, orders: readonly StoredOrder[], signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  let missing = orders;
  for (;;) {
    const next = service.nextArrival;
    missing = missing.filter(({ orderId, version }) => !service.hasApplied(orderId, version));
    if (missing.length === 0 || signal.aborted) return;
    await Promise.race([next, aborted]);
  }
}
