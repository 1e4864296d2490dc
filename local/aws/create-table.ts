import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { IndexDefinition, KeyAttribute, TableDefinition } from '#libs/resources';

/** Creates a table unless it exists, and waits until it is usable. */
export async function createTable(
  dynamodb: DynamoDBClient,
  definition: TableDefinition,
): Promise<{ streamArn: string | undefined }> {
  try {
    await dynamodb.send(new CreateTableCommand(tableInput(definition)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  const TableName = definition.name;
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 60, minDelay: 1 }, { TableName });
  if (definition.timeToLive) await enableTimeToLive(dynamodb, TableName, definition.timeToLive);
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  return { streamArn: Table?.LatestStreamArn };
}

/** To enable it twice is an error. */
async function enableTimeToLive(dynamodb: DynamoDBClient, TableName: string, AttributeName: string): Promise<void> {
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  if (TimeToLiveDescription?.TimeToLiveStatus !== 'DISABLED') return;
  const TimeToLiveSpecification = { AttributeName, Enabled: true };
  await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}

function tableInput(definition: TableDefinition): CreateTableCommandInput {
  return {
    TableName: definition.name,
    BillingMode: definition.billingMode,
    AttributeDefinitions: attributeDefinitions(definition),
    KeySchema: keySchema(definition),
    ...(definition.indexes.length > 0 && { GlobalSecondaryIndexes: definition.indexes.map(indexInput) }),
    ...(definition.stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: definition.stream } }),
  };
}

type Keys = Pick<TableDefinition, 'hashKey' | 'rangeKey'>;

function keySchema({ hashKey, rangeKey }: Keys) {
  return [
    { AttributeName: hashKey.name, KeyType: 'HASH' as const },
    ...(rangeKey ? [{ AttributeName: rangeKey.name, KeyType: 'RANGE' as const }] : []),
  ];
}

function indexInput(index: IndexDefinition) {
  return {
    IndexName: index.name,
    KeySchema: keySchema(index),
    Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...index.includedAttributes] },
  };
}

/** Each attribute that is a key of the table or of an index, without duplicates. */
function attributeDefinitions(definition: TableDefinition) {
  const keys = [definition, ...definition.indexes].flatMap(({ hashKey, rangeKey }: Keys) => [hashKey, rangeKey]);
  const types = new Map(keys.filter((key): key is KeyAttribute => !!key).map(({ name, type }) => [name, type]));
  return [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}
