import { setTimeout as sleep } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Message } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { drainQueue } from '../../../local/aws/queue-reader.ts';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import type { Violation } from '../fuzz-result.ts';
import { type MalformedItem, malformedItems } from './malformed-items.ts';

const SETTLE_WITHIN_MS = 90_000;
const CHECK_EVERY_MS = 250;
const WRITERS = 8;

export interface RecordFigures {
  readonly written: number;
  readonly notTaken: number;
  readonly published: number;
  readonly parked: number;
  /** Without a version there is no change to publish. */
  readonly skipped: number;
}

/** Writes items that no worker writes, and searches for each at the services or among the relay's dead letters. */
export class RecordFuzz {
  readonly violations: Violation[] = [];
  private readonly pipeline: LocalPipeline;
  private readonly written = new Map<string, MalformedItem>();
  private notTaken = 0;

  constructor(pipeline: LocalPipeline) {
    this.pipeline = pipeline;
  }

  /** @param order a sound one, as it is stored. */
  async run(count: number, seed: number, order: object): Promise<RecordFigures> {
    const items = fc.sample(malformedItems(order), { numRuns: count, seed });
    const writer = async (from: number): Promise<void> => {
      for (let n = from; n < items.length; n += WRITERS) await this.write(keyOf(seed, n), items[n]!);
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, from) => writer(from)));
    return this.settle();
  }

  private async write(orderKey: string, item: MalformedItem): Promise<void> {
    // The key says which item it is; events do not have it, but they have the ids, which begin with it.
    const own: MalformedItem = { ...item, orderKey, customerId: orderKey };
    if (typeof item['orderId'] === 'string' && item['orderId'].length === 26) own['orderId'] = `${orderKey}0123456789`;
    const Item = marshall(own, { removeUndefinedValues: true });
    try {
      await this.pipeline.clients.dynamodb.send(
        new PutItemCommand({ TableName: this.pipeline.aws.resources.ordersTableName, Item }),
      );
      this.written.set(orderKey, own);
    } catch (error) {
      // An item that a table does not take makes no record.
      if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== 400) throw error;
      this.notTaken += 1;
    }
  }

  private async settle(): Promise<RecordFigures> {
    const { clients, aws } = this.pipeline;
    const { consumerQueueUrls, relayDeadLetterQueueUrl } = aws.resources;
    const skipped = [...this.written].filter(([, item]) => item['version'] === undefined).map(([key]) => key);
    const [published, parked] = [new Set<string>(), new Set<string>()];
    const missing = (): string[] =>
      [...this.written.keys()].filter((key) => !published.has(key) && !parked.has(key) && !skipped.includes(key));
    const deadline = performance.now() + SETTLE_WITHIN_MS;
    while (missing().length > 0 && performance.now() < deadline) {
      collect(await drainQueue(clients.sqs, consumerQueueUrls.inventory), published);
      collect(await drainQueue(clients.sqs, relayDeadLetterQueueUrl), parked);
      if (missing().length > 0) await sleep(CHECK_EVERY_MS);
    }
    for (const key of missing().slice(0, 5)) {
      this.violations.push({
        what: 'a record was neither published nor parked',
        repeat: JSON.stringify(this.written.get(key)).slice(0, 2_000),
      });
    }
    return {
      written: this.written.size,
      notTaken: this.notTaken,
      published: published.size,
      parked: parked.size,
      skipped: skipped.length,
    };
  }
}

const KEY = /F0ZZ[0-9]{12}/;

function keyOf(seed: number, n: number): string {
  return `F0ZZ${String(seed % 1_000_000).padStart(6, '0')}${String(n).padStart(6, '0')}`;
}

function collect(messages: readonly Message[], into: Set<string>): void {
  for (const { Body = '' } of messages) {
    const key = KEY.exec(Body)?.[0];
    if (key !== undefined) into.add(key);
  }
}
