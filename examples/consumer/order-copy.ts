import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Outcome, ReceivedOrderEvent } from '#libs/order-events';

/** Keeps the latest state of each order, with its version in the same item. */
export async function keepOrder(
  client: DynamoDBClient,
  tableName: string,
  { orderId, version, order }: ReceivedOrderEvent,
): Promise<Outcome> {
  const put = new PutItemCommand({
    TableName: tableName,
    Item: marshall({ orderId, version, order }),
    ConditionExpression: 'attribute_not_exists(orderId) OR version < :version',
    ExpressionAttributeValues: marshall({ ':version': version }),
  });
  try {
    await client.send(put);
    return 'applied';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'skipped';
    throw error;
  }
}
