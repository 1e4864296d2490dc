import { setTimeout as sleep } from 'node:timers/promises';
import { relayDeadLetterQueue } from '#libs/resources';
import { attributesOf, depthOf, drainQueue } from '../../local/aws/queue-reader.ts';
import type { LocalPipeline } from '../../local/local-pipeline.ts';
import { scanTable } from '../../test/harness/scan-table.ts';
import type { EventService } from './clients/event-service.ts';
import type { Warehouse } from './clients/warehouse.ts';
import type { Evidence, OrderItem } from './ledger/evidence.ts';

const CHECK_EVERY_MS = 250;
/**
 * Whatever is missing after this time is lost. After an outage of the table of some minutes a message returns within five
 * minutes, after the kill of a worker within half a minute.
 */
const SETTLE_WITHIN_MS = 10 * 60_000;

/**
 * Waits until nothing moves any more: no client waits, the orders queue is empty, and each service has applied every version in
 * the table. After an event the warehouse requests the next step, so the check is repeated until it finds nothing new. Returns
 * the orders in the table, also when the time is up: the ledger finds what is missing.
 */
export async function settled(
  local: LocalPipeline,
  services: readonly EventService[],
  warehouse: Warehouse,
): Promise<OrderItem[]> {
  const signal = AbortSignal.timeout(SETTLE_WITHIN_MS);
  const isMoving = async (): Promise<boolean> =>
    warehouse.busy || (await depthOf(local.clients.sqs, local.aws.resources.ordersQueueUrl)) > 0;
  for (;;) {
    while ((await isMoving()) && !signal.aborted) await sleep(CHECK_EVERY_MS);
    const orders = await storedOrders(local);
    await Promise.all(services.map((service) => untilApplied(service, orders, signal)));
    if (signal.aborted) return storedOrders(local);
    if (!(await isMoving())) return orders;
  }
}

async function untilApplied(service: EventService, orders: readonly OrderItem[], signal: AbortSignal): Promise<void> {
  let missing = orders;
  for (;;) {
    missing = missing.filter(({ orderId, version }) => !service.hasApplied(orderId, version));
    if (missing.length === 0 || signal.aborted) return;
    await sleep(CHECK_EVERY_MS);
  }
}

/** All orders in the table, with the fields that the ledger needs. */
async function storedOrders({ clients, aws }: LocalPipeline): Promise<OrderItem[]> {
  const items = await scanTable<OrderItem & { readonly payment: { readonly reference: string } }>(
    clients.dynamodb,
    aws.resources.ordersTableName,
    'orderId, version, history, payment',
  );
  return items.map(({ orderId, version, history, payment }) => {
    const entries = history.map(({ version, event, commandId, at }) => ({ version, event, commandId, at }));
    return { orderId, version, history: entries, reference: payment.reference };
  });
}

/** The messages in orders-dlq, and the number of messages in queues that should be empty. */
export async function deadLetters({
  clients,
  aws,
}: LocalPipeline): Promise<Pick<Evidence, 'deadLettered' | 'leftOver'>> {
  const { ordersDeadLetterQueueUrl, relayDeadLetterQueueUrl, ...others } = aws.resources;
  const leftOver = { [relayDeadLetterQueue.name]: await depthOf(clients.sqs, relayDeadLetterQueueUrl) };
  const services = [others.consumerDeadLetterQueueUrls, others.consumerQueueUrls];
  for (const url of services.flatMap((urls) => Object.values(urls))) {
    leftOver[url.split('/').at(-1)!] = await depthOf(clients.sqs, url);
  }
  const deadLettered = (await drainQueue(clients.sqs, ordersDeadLetterQueueUrl)).map((message) => {
    // SQS itself moves a message that was received too often, without attributes.
    const { originalMessageId, code = 'too many receives' } = attributesOf(message);
    return { messageId: originalMessageId ?? message.MessageId ?? '', reason: code };
  });
  return { deadLettered, leftOver };
}
