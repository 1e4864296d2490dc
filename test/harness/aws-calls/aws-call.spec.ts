import { awsCallsOf, type CommandInput } from './aws-call.ts';

const QueueUrl = 'http://127.0.0.1:4566/000000000000/orders';
const StreamArn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/orders/stream/2030-01-01T00:00:00.000';

describe('the permissions that a command needs', () => {
  it.each<[string, CommandInput, string[]]>([
    ['SendMessageBatchCommand', { QueueUrl }, ['sqs:SendMessage queue/orders']],
    ['ChangeMessageVisibilityBatchCommand', { QueueUrl }, ['sqs:ChangeMessageVisibility queue/orders']],
    [
      'PublishBatchCommand',
      { TopicArn: 'arn:aws:sns:eu-west-1:000000000000:order-events.fifo' },
      ['sns:Publish topic/order-events.fifo'],
    ],
    ['GetItemCommand', { TableName: 'orders' }, ['dynamodb:GetItem table/orders']],
    [
      'GetItemCommand',
      { TableName: 'arn:aws:dynamodb:eu-west-1:000000000000:table/orders' },
      ['dynamodb:GetItem table/orders'],
    ],
    [
      'QueryCommand',
      { TableName: 'orders', IndexName: 'customer-orders' },
      ['dynamodb:Query table/orders/index/customer-orders'],
    ],
    [
      'BatchGetItemCommand',
      { RequestItems: { orders: {}, 'command-outcomes': {} } },
      ['dynamodb:BatchGetItem table/orders', 'dynamodb:BatchGetItem table/command-outcomes'],
    ],
    [
      'BatchExecuteStatementCommand',
      {
        Statements: [
          { Statement: `INSERT INTO "orders" VALUE {'orderKey': ?}` },
          { Statement: `INSERT INTO "orders" VALUE {'orderKey': ?}` },
          { Statement: 'UPDATE "orders" SET status = ? WHERE orderKey = ?' },
        ],
      },
      ['dynamodb:PartiQLInsert table/orders', 'dynamodb:PartiQLUpdate table/orders'],
    ],
    [
      'TransactWriteItemsCommand',
      { TransactItems: [{ ConditionCheck: { TableName: 'leases' } }, { Update: { TableName: 'leases' } }] },
      ['dynamodb:ConditionCheckItem table/leases', 'dynamodb:UpdateItem table/leases'],
    ],
    ['GetRecordsCommand', { ShardIterator: 'i', StreamArn }, ['dynamodb:GetRecords table/orders/stream']],
  ])('%s', (command, input, calls) => {
    expect(awsCallsOf(command, input)).toEqual(calls);
  });

  it.each<[string, CommandInput, string]>([
    ['ScanCommand', { TableName: 'orders' }, 'ScanCommand has no IAM action in test/harness/aws-calls/aws-call.ts'],
    ['SendMessageCommand', {}, 'expected SendMessageCommand to name its resource, got sqs:SendMessage queue/'],
    ['QueryCommand', { IndexName: 'customer-orders' }, 'expected QueryCommand to name its resource'],
    ['GetRecordsCommand', { ShardIterator: 'i' }, 'expected GetRecordsCommand to name its resource'],
    ['BatchGetItemCommand', {}, 'expected BatchGetItemCommand to have items'],
    ['BatchExecuteStatementCommand', { Statements: [{ Statement: 'DROP' }] }, 'expected a PartiQL statement on a'],
    [
      'BatchExecuteStatementCommand',
      { Statements: [{ Statement: 'SELECT * FROM "orders"."customer-orders"' }] },
      'expected no index in a PartiQL statement',
    ],
    ['TransactWriteItemsCommand', { TransactItems: [{ Get: {} }] }, 'expected one of Put, Update, Delete'],
  ])('is not guessed for %s of %j', (command, input, message) => {
    expect(() => awsCallsOf(command, input)).toThrow(message);
  });
});
