import { BatchGetItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Batcher } from '#libs/batching';
import { answered, BATCH_BOUNDS, tableCall, unavailable } from './table-call.ts';

/** BatchGetItem takes 100 keys. */
const MAX_KEYS = 100;
/** Callers of the api wait for reads, and are promised an answer within 2 s. */
const MAX_WAIT_MS = 400;

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
    const { tableName, keyOf, textOf, ProjectionExpression, ConsistentRead = true } = this.options;
    const { Responses = {}, UnprocessedKeys = {} } = await tableCall(() =>
      this.client.send(
        new BatchGetItemCommand({
          RequestItems: {
            [tableName]: {
              // BatchGetItem refuses a repeated key.
              Keys: [...new Set(keys)].map(keyOf),
              ConsistentRead,
              ...(ProjectionExpression !== undefined && { ProjectionExpression }),
            },
          },
        }),
      ),
    );
    const found = new Map(Responses[tableName]?.map((item) => [textOf(item), unmarshall(item) as Item]));
    const unprocessed = new Set(UnprocessedKeys[tableName]?.Keys?.map(textOf));
    return keys.map((key) =>
      unprocessed.has(key)
        ? { status: 'rejected', reason: unavailable('the table left the key unprocessed') }
        : { status: 'fulfilled', value: found.get(key) },
    );
  }
}
