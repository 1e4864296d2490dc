import { setTimeout as sleep } from 'node:timers/promises';
import { relayDeadLetterQueue } from '#libs/resources';
import { attributesOf, depthOf, drainQueue } from '../../local/aws/queue-reader.ts';
import type { LocalPipeline } from '../../local/local-pipeline.ts';
import { scanTable } from '../../test/harness/scan-table.ts';
import type { EventService } from './clients/event-service.ts';
import type { Warehouse } from './clients/warehouse.ts';
import type { Evidence, StoredOrder } from './ledger/evidence.ts';

const CHECK_EVERY_MS = 250;
/**
 * What is missing by then is lost. A message that met an outage of the table of minutes comes back after five at most,
 * and one of a worker that was killed after half a minute.
 */
const SETTLE_WITHIN_MS = 10 * 60_000;

/**
 * Waits until nothing moves any more: no client waits, the orders queue is empty and each service has applied every version
 * in the table. An event makes the warehouse ask for the next step, so it checks again until a check finds nothing new.
 * Returns the table. What the table holds and no service has when the time is up, the ledger finds.
 */
export async function settled(
  local: LocalPipeline,
  services: readonly EventService[],
  warehouse: Warehouse,
): Promise<StoredOrder[]> {
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

async function untilApplied(service: EventService, orders: readonly StoredOrder[], signal: AbortSignal): Promise<void> {
  let missing = orders;
  for (;;) {
    missing = missing.filter(({ orderId, version }) => !service.hasApplied(orderId, version));
    if (missing.length === 0 || signal.aborted) return;
    await sleep(CHECK_EVERY_MS);
  }
}

/** Everything in the orders table, as the ledger needs it. */
async function storedOrders({ clients, aws }: LocalPipeline): Promise<StoredOrder[]> {
  const items = await scanTable<StoredOrder & { readonly payment: { readonly reference: string } }>(
    clients.dynamodb,
    aws.resources.ordersTableName,
    'orderId, version, history, payment',
  );
  return items.map(({ orderId, version, history, payment }) => {
    const entries = history.map(({ version, event, commandId, at }) => ({ version, event, commandId, at }));
    return { orderId, version, history: entries, reference: payment.reference };
  });
}

/** What was dead-lettered, and what is left in queues that should be empty. */
export async function deadLetters({ clients, aws }: LocalPipeline): Promise<Pick<Evidence, 'parked' | 'strayed'>> {
  const { ordersDeadLetterQueueUrl, relayDeadLetterQueueUrl, ...others } = aws.resources;
  const strayed = { [relayDeadLetterQueue.name]: await depthOf(clients.sqs, relayDeadLetterQueueUrl) };
  const services = [others.consumerDeadLetterQueueUrls, others.consumerQueueUrls];
  for (const url of services.flatMap((urls) => Object.values(urls))) {
    strayed[url.split('/').at(-1)!] = await depthOf(clients.sqs, url);
  }
  const parked = (await drainQueue(clients.sqs, ordersDeadLetterQueueUrl)).map((message) => {
    // SQS itself moves a message that was received too often, and adds nothing to it.
    const { originalMessageId, reason } = attributesOf(message);
    return { messageId: originalMessageId ?? message.MessageId ?? '', reason: reason ?? 'too many receives' };
  });
  return { parked, strayed };
}
