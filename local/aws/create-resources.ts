import {
  cloudResources,
  commandOutcomesTable,
  type EventConsumerName,
  orderBatchesTable,
  ordersDeadLetterQueue,
  ordersQueue,
  ordersTable,
  paymentClaimsTable,
  relayDeadLetterQueue,
  streamLeasesTable,
} from '#libs/resources';
import type { AwsClients } from './aws-clients.ts';
import { createMessaging, type CreatedQueue } from './create-messaging.ts';
import { createTable } from './create-table.ts';

/** The names, URLs and ARNs of the resources. */
export type CreatedResources = Awaited<ReturnType<typeof createResources>>;

/** Creates the resources of `#libs/resources`. Existing resources with the same definition stay as they are. */
export async function createResources(clients: AwsClients) {
  const [{ queues, topicArn }, streamArn] = await Promise.all([createMessaging(clients), createTables(clients)]);
  return {
    ordersQueueUrl: urlOf(queues, ordersQueue.name),
    ordersDeadLetterQueueUrl: urlOf(queues, ordersDeadLetterQueue.name),
    relayDeadLetterQueueUrl: urlOf(queues, relayDeadLetterQueue.name),
    consumerQueueUrls: consumerUrls(queues, (name) => `${name}.fifo`),
    consumerDeadLetterQueueUrls: consumerUrls(queues, (name) => `${name}-dlq.fifo`),
    orderEventsTopicArn: topicArn,
    ordersTableName: ordersTable.name,
    ordersStreamArn: streamArn,
    paymentClaimsTableName: paymentClaimsTable.name,
    commandOutcomesTableName: commandOutcomesTable.name,
    orderBatchesTableName: orderBatchesTable.name,
    leasesTableName: streamLeasesTable.name,
  };
}

async function createTables({ dynamodb }: AwsClients): Promise<string> {
  const [orders] = await Promise.all(cloudResources.tables.map((table) => createTable(dynamodb, table)));
  if (!orders?.streamArn)
    throw new Error(`table ${ordersTable.name} exists without a stream: delete it and start again`);
  return orders.streamArn;
}

function urlOf(queues: ReadonlyMap<string, CreatedQueue>, name: string): string {
  const queue = queues.get(name);
  if (!queue) throw new Error(`expected a queue named ${name}, found ${[...queues.keys()].join(', ')}`);
  return queue.url;
}

function consumerUrls(queues: ReadonlyMap<string, CreatedQueue>, queueName: (consumer: string) => string) {
  const urls = cloudResources.consumers.map(({ name }) => [name, urlOf(queues, queueName(name))]);
  return Object.fromEntries(urls) as Record<EventConsumerName, string>;
}
