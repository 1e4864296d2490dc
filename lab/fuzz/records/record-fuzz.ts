import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { drainQueue } from '../../../local/aws/queue-reader.ts';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import { sideBySide, until } from '../../pace.ts';
import type { Violate } from '../fuzz-result.ts';
import { type MalformedItem, malformedItems } from './malformed-items.ts';

const SETTLE_WITHIN_MS = 90_000;
const WRITERS = 8;
/** The key of a malformed item, in any text. */
const KEY = /F0ZZ[0-9]{12}/;

export type RecordFigures = Awaited<ReturnType<typeof fuzzRecords>>;

/**
 * Writes items that no worker writes, and searches for each at the services or among the relay's dead-letter messages.
 * @param order a valid stored order
 */
export async function fuzzRecords(
  pipeline: LocalPipeline,
  violate: Violate,
  count: number,
  seed: number,
  order: object,
) {
  const { sqs } = pipeline.clients;
  const { consumerQueueUrls, relayDeadLetterQueueUrl } = pipeline.aws.resources;
  const items = fc.sample(malformedItems(order), { numRuns: count, seed });
  const written = new Map<string, MalformedItem>();
  await sideBySide(WRITERS, count, async (n) => {
    const item = withKey(keyOf(seed, n), items[n]!);
    if (await write(pipeline, item)) written.set(keyOf(seed, n), item);
  });
  const [published, quarantined] = [new Set<string>(), new Set<string>()];
  // Without a version there is no change to publish.
  const skipped = [...written].filter(([, item]) => item['version'] === undefined).map(([key]) => key);
  const missing = (): string[] =>
    [...written.keys()].filter((key) => !published.has(key) && !quarantined.has(key) && !skipped.includes(key));
  await until(async () => {
    await collectKeys(sqs, consumerQueueUrls.inventory, published);
    await collectKeys(sqs, relayDeadLetterQueueUrl, quarantined);
    return missing().length === 0;
  }, SETTLE_WITHIN_MS);
  for (const key of missing().slice(0, 5))
    violate('a record was neither published nor quarantined', JSON.stringify(written.get(key)).slice(0, 2_000));
  return {
    written: written.size,
    /** The number of items that the table refused. */
    notTaken: count - written.size,
    published: published.size,
    quarantined: quarantined.size,
    skipped: skipped.length,
  };
}

/** The item with a key of its own. Events do not have the key, so their ids start with it. */
function withKey(orderKey: string, item: MalformedItem): MalformedItem {
  const own: MalformedItem = { ...item, orderKey, customerId: orderKey };
  if (typeof item['orderId'] === 'string' && item['orderId'].length === 26) own['orderId'] = `${orderKey}0123456789`;
  return own;
}

/** Writes an item. Resolves to false when the table refuses it: then it has no stream record. */
async function write({ clients, aws }: LocalPipeline, item: MalformedItem): Promise<boolean> {
  const Item = marshall(item, { removeUndefinedValues: true });
  try {
    await clients.dynamodb.send(new PutItemCommand({ TableName: aws.resources.ordersTableName, Item }));
    return true;
  } catch (error) {
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== 400) throw error;
    return false;
  }
}

async function collectKeys(sqs: SQSClient, queueUrl: string, keys: Set<string>): Promise<void> {
  for (const { Body = '' } of await drainQueue(sqs, queueUrl)) {
    const key = KEY.exec(Body)?.[0];
    if (key !== undefined) keys.add(key);
  }
}

function keyOf(seed: number, n: number): string {
  return `F0ZZ${String(seed % 1_000_000).padStart(6, '0')}${String(n).padStart(6, '0')}`;
}
