import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import type { Apply, ConsumerStore } from '#libs/order-events';

/** Remembers versions in a table with the key `orderId`; `apply` adds its writes, at most 99, to the same call. */
export class DynamoDbStore implements ConsumerStore<TransactWriteItem[]> {
  private readonly client: DynamoDBClient;
  private readonly versionsTable: string;

  constructor(client: DynamoDBClient, versionsTable: string) {
    this.client = client;
    this.versionsTable = versionsTable;
  }

  async commitIfNewer(orderId: string, version: number, apply: Apply<TransactWriteItem[]>): Promise<boolean> {
    const writes: TransactWriteItem[] = [];
    await apply(writes);
    const raiseVersion: TransactWriteItem = {
      Put: {
        TableName: this.versionsTable,
        Item: { orderId: { S: orderId }, version: { N: String(version) } },
        ConditionExpression: 'attribute_not_exists(orderId) OR version < :version',
        ExpressionAttributeValues: { ':version': { N: String(version) } },
      },
    };
    try {
      await this.client.send(new TransactWriteItemsCommand({ TransactItems: [raiseVersion, ...writes] }));
      return true;
    } catch (error) {
      if (isOfOldVersion(error)) return false;
      throw error;
    }
  }
}

/** After any other reason, such as TransactionConflict, retry. */
function isOfOldVersion(error: unknown): boolean {
  return (
    error instanceof TransactionCanceledException && error.CancellationReasons?.[0]?.Code === 'ConditionalCheckFailed'
  );
}
