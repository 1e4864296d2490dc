import { cloudResources, type EventConsumer, type QueueDefinition, type TableDefinition } from '#libs/resources';
import { goldenTemplate } from './golden-templates.ts';
import { referredId, resourcesOf, type Found, type Properties, type Template, type Value } from './template.ts';

const PREFIX = 'fargate-orders-production-';

/** The resource whose name property has this value. */
function named(template: Template, type: string, property: string, name: string): Found {
  const found = resourcesOf(template, type).find(({ properties }) => properties[property] === PREFIX + name);
  if (!found) throw new Error(`expected a ${type} named ${name}`);
  return found;
}

function queueProperties(template: Template, definition: QueueDefinition): Properties {
  const { redrive, fifo } = definition;
  const deadLetterQueue = redrive && named(template, 'AWS::SQS::Queue', 'QueueName', redrive.queue.name);
  return {
    QueueName: PREFIX + definition.name,
    VisibilityTimeout: definition.visibilityTimeoutSeconds,
    MessageRetentionPeriod: definition.retentionSeconds,
    ...(fifo && { FifoQueue: true, DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' }),
    ...(redrive &&
      deadLetterQueue && {
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': [deadLetterQueue.id, 'Arn'] },
          maxReceiveCount: redrive.maxReceiveCount,
        },
      }),
  };
}

type Keys = Pick<TableDefinition, 'hashKey' | 'rangeKey'>;

function keySchema({ hashKey, rangeKey }: Keys): Value[] {
  return [
    { AttributeName: hashKey.name, KeyType: 'HASH' },
    ...(rangeKey ? [{ AttributeName: rangeKey.name, KeyType: 'RANGE' }] : []),
  ];
}

function attributeTypes(definition: TableDefinition): Record<string, string> {
  const keys = [definition, ...definition.indexes].flatMap(({ hashKey, rangeKey }: Keys) => [hashKey, rangeKey]);
  return Object.fromEntries(keys.flatMap((key) => (key ? [[key.name, key.type]] : [])));
}

function tableProperties(definition: TableDefinition): Properties {
  return {
    BillingMode: definition.billingMode,
    KeySchema: keySchema(definition),
    ...(definition.indexes.length > 0 && {
      GlobalSecondaryIndexes: definition.indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(index),
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.includedAttributes] },
      })),
    }),
    ...(definition.stream && { StreamSpecification: { StreamViewType: definition.stream } }),
    ...(definition.timeToLive && {
      TimeToLiveSpecification: { AttributeName: definition.timeToLive, Enabled: true },
    }),
  };
}

const golden = goldenTemplate('data');

function expectQueue(template: Template, definition: QueueDefinition): void {
  const { properties } = named(template, 'AWS::SQS::Queue', 'QueueName', definition.name);
  const { SqsManagedSseEnabled: _sse, Tags: _tags, ...defined } = properties;
  expect(defined).toEqual(queueProperties(template, definition));
}

function expectTable(template: Template, definition: TableDefinition): void {
  const { properties } = named(template, 'AWS::DynamoDB::Table', 'TableName', definition.name);
  const { AttributeDefinitions, ...rest } = properties;
  expect(rest).toEqual({
    ...tableProperties(definition),
    TableName: PREFIX + definition.name,
    PointInTimeRecoverySpecification: expect.anything(),
    DeletionProtectionEnabled: true,
    Tags: expect.anything(),
  });
  const attributes = AttributeDefinitions as { AttributeName: string; AttributeType: string }[];
  expect(Object.fromEntries(attributes.map((one) => [one.AttributeName, one.AttributeType]))).toEqual(
    attributeTypes(definition),
  );
}

function expectTopic(template: Template): void {
  const { topic } = cloudResources;
  expect(named(template, 'AWS::SNS::Topic', 'TopicName', topic.name).properties).toMatchObject({
    FifoTopic: topic.fifo,
    ContentBasedDeduplication: topic.contentBasedDeduplication,
    FifoThroughputScope: topic.fifoThroughputScope,
  });
}

/** Expects the subscription, and that the topic may deliver. */
function expectSubscription(template: Template, consumer: EventConsumer): void {
  const topic = named(template, 'AWS::SNS::Topic', 'TopicName', cloudResources.topic.name);
  const queue = named(template, 'AWS::SQS::Queue', 'QueueName', consumer.queue.name);
  const deadLetterQueue = named(template, 'AWS::SQS::Queue', 'QueueName', consumer.queue.redrive?.queue.name ?? '');
  const subscriptions = resourcesOf(template, 'AWS::SNS::Subscription').filter(
    ({ properties }) => referredId(properties['Endpoint']) === queue.id,
  );
  expect(subscriptions.map(({ properties }) => properties)).toEqual([
    {
      TopicArn: { Ref: topic.id },
      Protocol: 'sqs',
      Endpoint: { 'Fn::GetAtt': [queue.id, 'Arn'] },
      RawMessageDelivery: consumer.rawMessageDelivery,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [deadLetterQueue.id, 'Arn'] } },
      ...(consumer.filterPolicy && { FilterPolicy: consumer.filterPolicy }),
    },
  ]);
  for (const { id } of [queue, deadLetterQueue]) {
    const policies = resourcesOf(template, 'AWS::SQS::QueuePolicy').filter(({ properties }) =>
      (properties['Queues'] as Value[]).some((one) => referredId(one) === id),
    );
    expect(JSON.stringify(policies)).toContain(`"aws:SourceArn":{"Ref":"${topic.id}"}`);
  }
}

function expectNothingMore(template: Template): void {
  expect(resourcesOf(template, 'AWS::SQS::Queue')).toHaveLength(cloudResources.queues.length);
  expect(resourcesOf(template, 'AWS::DynamoDB::Table')).toHaveLength(cloudResources.tables.length);
  expect(resourcesOf(template, 'AWS::SNS::Subscription')).toHaveLength(cloudResources.consumers.length);
}

describe('the template has what #libs/resources defines', () => {
  it.each(cloudResources.queues.map((queue) => [queue.name, queue] as const))('the queue %s', (_, definition) => {
    expect(() => expectQueue(golden, definition)).not.toThrow();
  });

  it.each(cloudResources.tables.map((table) => [table.name, table] as const))('the table %s', (_, definition) => {
    expect(() => expectTable(golden, definition)).not.toThrow();
  });

  it('the topic', () => {
    expect(() => expectTopic(golden)).not.toThrow();
  });

  it.each(cloudResources.consumers.map((consumer) => [consumer.name, consumer] as const))(
    'the subscription of %s, and that the topic may deliver',
    (_, consumer) => {
      expect(() => expectSubscription(golden, consumer)).not.toThrow();
    },
  );

  it('and nothing more', () => {
    expect(() => expectNothingMore(golden)).not.toThrow();
  });
});

describe('a difference is detected', () => {
  const { queues, tables, consumers } = cloudResources;
  const queue = (template: Template) => queues.forEach((one) => expectQueue(template, one));
  const table = (template: Template) => tables.forEach((one) => expectTable(template, one));
  const subscription = (template: Template) => consumers.forEach((one) => expectSubscription(template, one));

  it.each<[string, (template: Template) => void, RegExp, string]>([
    ['a visibility timeout', queue, /"VisibilityTimeout":\d+/, '"VisibilityTimeout":1'],
    ['a retention', queue, /"MessageRetentionPeriod":\d+/, '"MessageRetentionPeriod":60'],
    ['how often a message is received', queue, /"maxReceiveCount":\d+/, '"maxReceiveCount":2'],
    ['the order of a FIFO queue', queue, /"messageGroup"/, '"queue"'],
    ['a name', queue, /production-orders-dlq"/, 'production-dead-orders"'],
    ['the key of a table', table, /"orderKey"/g, '"orderId"'],
    ['what an index includes', table, /"NonKeyAttributes":\["\w+",/, '"NonKeyAttributes":['],
    ['the view of the stream', table, /NEW_AND_OLD_IMAGES/, 'KEYS_ONLY'],
    ['the protection of a table', table, /"DeletionProtectionEnabled":true/, '"DeletionProtectionEnabled":false'],
    ['the throughput of the topic', expectTopic, /"FifoThroughputScope":"\w+"/, '"FifoThroughputScope":"Topic"'],
    ['a wrapped delivery', subscription, /"RawMessageDelivery":true/, '"RawMessageDelivery":false'],
    ['the sender that may deliver', subscription, /"aws:SourceArn"/g, '"aws:SourceAccount"'],
    ['one more', expectNothingMore, /"AWS::SecretsManager::Secret"/, '"AWS::SQS::Queue"'],
  ])('in %s', (_, check, from, to) => {
    const changed = JSON.stringify(golden).replace(from, to);
    expect(changed).not.toBe(JSON.stringify(golden));
    expect(() => check(JSON.parse(changed) as Template)).toThrow(/expect/);
  });
});
