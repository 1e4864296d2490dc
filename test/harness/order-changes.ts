import { setTimeout as sleep } from 'node:timers/promises';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { StoredOrder } from '#libs/orders';
import { anOrder } from './unchecked-orders.ts';

/** Writes orders into the table as the worker does, and changes each of them repeatedly, until it is stopped. */
export class OrderChanges {
  /** The latest version of each order that was written, by order id. */
  readonly versions = new Map<string, number>();
  private readonly writers: Promise<void>[];
  private stopped = false;
  private readonly dynamodb: DynamoDBClient;
  private readonly table: string;

  constructor(
    dynamodb: DynamoDBClient,
    table: string,
    options: { writers: number; changesOfEach: number; pauseMs: number },
  ) {
    this.dynamodb = dynamodb;
    this.table = table;
    this.writers = Array.from({ length: options.writers }, () => this.write(options));
  }

  get count(): number {
    return [...this.versions.values()].reduce((sum, version) => sum + version, 0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.writers);
  }

  private async write({ changesOfEach, pauseMs }: { changesOfEach: number; pauseMs: number }): Promise<void> {
    while (!this.stopped) {
      let stored = anOrder();
      for (let version = 1; version <= changesOfEach && !this.stopped; version += 1) {
        await this.put(stored);
        await sleep(pauseMs);
        stored = changedAgain(stored);
      }
    }
  }

  /** Writes one version. On a busy machine a call may time out, then it is sent again as a worker's message is. */
  private async put(order: StoredOrder): Promise<void> {
    const put = new PutItemCommand({
      TableName: this.table,
      Item: marshall(order, { removeUndefinedValues: true }),
    });
    for (;;) {
      try {
        await this.dynamodb.send(put);
        break;
      } catch (error) {
        if ((error as Error).name !== 'TimeoutError') throw error;
      }
    }
    this.versions.set(order.orderId, order.version);
  }
}

/** The order after one more change of any kind. */
function changedAgain(order: StoredOrder): StoredOrder {
  const version = order.version + 1;
  const last = order.history.at(-1)!;
  return { ...order, version, history: [...order.history, { ...last, version, commandId: `change-${version}` }] };
}
