import { PutItemCommand } from '@aws-sdk/client-dynamodb';
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

export type RecordFigures = Awaited<ReturnType<RecordFuzz['run']>>;

/** Writes items that no worker writes, and searches for each at the services or among the relay's dead-letter messages. */
export class RecordFuzz {
  private readonly pipeline: LocalPipeline;
  private readonly violate: Violate;
  private readonly written = new Map<string, MalformedItem>();
  /** The number of items that the table refused. */
  private notTaken = 0;

  constructor(pipeline: LocalPipeline, violate: Violate) {
    this.pipeline = pipeline;
    this.violate = violate;
  }

  /** @param order a valid stored order */
  async run(count: number, seed: number, order: object) {
    const items = fc.sample(malformedItems(order), { numRuns: count, seed });
    await sideBySide(WRITERS, count, (n) => this.write(keyOf(seed, n), items[n]!));
    const { consumerQueueUrls, relayDeadLetterQueueUrl } = this.pipeline.aws.resources;
    const [published, quarantined] = [new Set<string>(), new Set<string>()];
    // Without a version there is no change to publish.
    const skipped = [...this.written].filter(([, item]) => item['version'] === undefined).map(([key]) => key);
    const missing = (): string[] =>
      [...this.written.keys()].filter((key) => !published.has(key) && !quarantined.has(key) && !skipped.includes(key));
    await until(async () => {
      await this.collect(consumerQueueUrls.inventory, published);
      await this.collect(relayDeadLetterQueueUrl, quarantined);
      return missing().length === 0;
    }, SETTLE_WITHIN_MS);
    for (const key of missing().slice(0, 5)) {
      const item = JSON.stringify(this.written.get(key)).slice(0, 2_000);
      this.violate('a record was neither published nor quarantined', item);
    }
    return {
      written: this.written.size,
      notTaken: this.notTaken,
      published: published.size,
      quarantined: quarantined.size,
      skipped: skipped.length,
    };
  }

  private async write(orderKey: string, item: MalformedItem): Promise<void> {
    // Events do not have the key, so their ids start with it.
    const own: MalformedItem = { ...item, orderKey, customerId: orderKey };
    if (typeof item['orderId'] === 'string' && item['orderId'].length === 26) own['orderId'] = `${orderKey}0123456789`;
    const Item = marshall(own, { removeUndefinedValues: true });
    try {
      await this.pipeline.clients.dynamodb.send(
        new PutItemCommand({ TableName: this.pipeline.aws.resources.ordersTableName, Item }),
      );
      this.written.set(orderKey, own);
    } catch (error) {
      // An item that the table refuses has no stream record.
      if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== 400) throw error;
      this.notTaken += 1;
    }
  }

  private async collect(queueUrl: string, keys: Set<string>): Promise<void> {
    for (const { Body = '' } of await drainQueue(this.pipeline.clients.sqs, queueUrl)) {
      const key = KEY.exec(Body)?.[0];
      if (key !== undefined) keys.add(key);
    }
  }
}

function keyOf(seed: number, n: number): string {
  return `F0ZZ${String(seed % 1_000_000).padStart(6, '0')}${String(n).padStart(6, '0')}`;
}
