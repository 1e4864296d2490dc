import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Batcher } from '#libs/batching';
import { answered, BATCH_BOUNDS, tableCall, unavailable } from './table-call.ts';

/** BatchGetItem takes 100 keys. */
const MAX_KEYS = 100;
/** A read waits at most this long for others while a call is in flight. */
const MAX_GATHER_MS = 5;
/** Callers of the api wait for reads, and are promised an answer within 2 s. */
const MAX_WAIT_MS = 400;
/** Unprocessed keys are read again until this time has passed: with the wait and a last call of 1.2 s, it stays under 2 s. */
const MAX_REPEAT_MS = 300;
const FIRST_PAUSE_MS = 20;

export interface TableReadOptions {
  tableName: string;
  /** The key of an item, from its text; different texts give different keys. */
  keyOf: (text: string) => Record<string, AttributeValue>;
  /** The text of an item's key. */
  textOf: (item: Record<string, AttributeValue>) => string;
  ProjectionExpression?: string;
  /** Default true: the read sees every write that was answered before, at twice the price. */
  ConsistentRead?: boolean;
}

/** Reads items of a table one by one; concurrent callers share few requests to DynamoDB. */
export class TableReads<Item> {
  private readonly client: DynamoDBClient;
  private readonly options: TableReadOptions;
  private readonly reads: Batcher<string, Item | undefined>;

  constructor(client: DynamoDBClient, options: TableReadOptions) {
    this.client = client;
    this.options = options;
    this.reads = new Batcher({
      ...BATCH_BOUNDS,
      maxGatherMs: MAX_GATHER_MS,
      maxWaitMs: MAX_WAIT_MS,
      maxItems: MAX_KEYS,
      send: (keys) => this.read(keys),
    });
  }

  /** @throws OrderError TABLE_UNAVAILABLE */
  find(key: string): Promise<Item | undefined> {
    return answered(this.reads.add(key));
  }

  private async read(keys: readonly string[]): Promise<PromiseSettledResult<Item | undefined>[]> {
    const found = new Map<string, Item>();
    let open = new Set(keys);
    const endMs = performance.now() + MAX_REPEAT_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      open = await this.readInto(found, open).catch((error: unknown) => {
        if (found.size === 0) throw error;
        return open;
      });
      if (open.size === 0 || performance.now() + pauseMs > endMs) break;
      await sleep(pauseMs * (0.5 + Math.random() / 2));
    }
    return keys.map((key) =>
      open.has(key)
        ? { status: 'rejected', reason: unavailable('the table left the key unprocessed') }
        : { status: 'fulfilled', value: found.get(key) },
    );
  }

  /** Reads keys once, and returns those that DynamoDB left unprocessed: it is throttled, or the answer is over 16 MB. */
  private async readInto(found: Map<string, Item>, keys: ReadonlySet<string>): Promise<Set<string>> {
    const { tableName, keyOf, textOf, ProjectionExpression, ConsistentRead = true } = this.options;
    const { Responses = {}, UnprocessedKeys = {} } = await tableCall(() =>
      this.client.send(
        new BatchGetItemCommand({
          RequestItems: {
            [tableName]: {
              // BatchGetItem refuses a repeated key.
              Keys: [...keys].map(keyOf),
              ConsistentRead,
              ...(ProjectionExpression !== undefined && { ProjectionExpression }),
            },
          },
        }),
      ),
    );
    for (const item of Responses[tableName] ?? []) found.set(textOf(item), unmarshall(item) as Item);
    return new Set(UnprocessedKeys[tableName]?.Keys?.map(textOf));
  }
}
