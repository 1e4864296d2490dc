import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/** Reads all items of a table. @param fields The fields to read, as a projection expression. Default: all */
export async function scanTable<Item>(dynamodb: DynamoDBClient, TableName: string, fields?: string): Promise<Item[]> {
  const items: Item[] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await dynamodb.send(
      new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey: from, ProjectionExpression: fields }),
    );
    items.push(...(page.Items ?? []).map((item) => unmarshall(item) as Item));
    from = page.LastEvaluatedKey;
  } while (from);
  return items;
}
