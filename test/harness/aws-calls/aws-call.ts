/** The permission that a call needs: an action on a resource, e.g. `dynamodb:Query table/orders/index/customer-orders`. */
export type AwsCall = `${string}:${string} ${string}`;

/** The inputs of the commands below that name resources. */
export interface CommandInput {
  readonly QueueUrl?: string;
  readonly TopicArn?: string;
  /** GetRecords has an iterator instead: the caller must add its stream. */
  readonly StreamArn?: string;
  readonly ShardIterator?: string;
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly Statements?: readonly { readonly Statement?: string }[];
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName?: string } | undefined>>[];
}

type Reader = (input: CommandInput) => AwsCall[];

const onQueue =
  (action: string): Reader =>
  ({ QueueUrl = '' }) => [`sqs:${action} queue/${lastPart(QueueUrl, '/')}`];

const onTopic =
  (action: string): Reader =>
  ({ TopicArn = '' }) => [`sns:${action} topic/${lastPart(TopicArn, ':')}`];

const onTable =
  (action: string): Reader =>
  ({ TableName = '', IndexName }) => [`dynamodb:${action} ${tableOrIndex(TableName, IndexName)}`];

const onStream =
  (action: string): Reader =>
  ({ StreamArn = '' }) => [`dynamodb:${action} table/${tableOfStream(StreamArn)}/stream`];

const partiqlActions: Readonly<Record<string, string>> = {
  INSERT: 'PartiQLInsert',
  UPDATE: 'PartiQLUpdate',
  DELETE: 'PartiQLDelete',
  SELECT: 'PartiQLSelect',
};

const transactionActions: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/** The permissions that each SDK command needs. A batch has no action of its own: it needs those of its items. */
const readers: Readonly<Record<string, Reader>> = {
  SendMessageCommand: onQueue('SendMessage'),
  SendMessageBatchCommand: onQueue('SendMessage'),
  ReceiveMessageCommand: onQueue('ReceiveMessage'),
  DeleteMessageCommand: onQueue('DeleteMessage'),
  DeleteMessageBatchCommand: onQueue('DeleteMessage'),
  ChangeMessageVisibilityCommand: onQueue('ChangeMessageVisibility'),
  ChangeMessageVisibilityBatchCommand: onQueue('ChangeMessageVisibility'),
  GetQueueAttributesCommand: onQueue('GetQueueAttributes'),
  PublishBatchCommand: onTopic('Publish'),
  GetItemCommand: onTable('GetItem'),
  PutItemCommand: onTable('PutItem'),
  UpdateItemCommand: onTable('UpdateItem'),
  DeleteItemCommand: onTable('DeleteItem'),
  QueryCommand: onTable('Query'),
  BatchGetItemCommand: ({ RequestItems = {} }) =>
    Object.keys(RequestItems).flatMap((TableName) => onTable('BatchGetItem')({ TableName })),
  BatchExecuteStatementCommand: ({ Statements = [] }) =>
    Statements.map(({ Statement = '' }) => partiqlCalls(Statement)),
  TransactWriteItemsCommand: ({ TransactItems = [] }) => TransactItems.flatMap(transactionCalls),
  DescribeStreamCommand: onStream('DescribeStream'),
  GetShardIteratorCommand: onStream('GetShardIterator'),
  GetRecordsCommand: onStream('GetRecords'),
};

/**
 * The permissions that a command needs.
 * @throws Error for an unknown command or input: without an entry here, its permissions would not be checked
 */
export function awsCallsOf(commandName: string, input: CommandInput): AwsCall[] {
  const reader = readers[commandName];
  if (!reader) throw new Error(`${commandName} has no IAM action in test/harness/aws-calls/aws-call.ts: add it`);
  const calls = reader(input);
  const unnamed = calls.find((call) => / [a-z]+\/(?:\/.*)?$/.test(call));
  if (unnamed) throw new Error(`expected ${commandName} to name its resource, got ${unnamed}`);
  if (calls.length === 0) throw new Error(`expected ${commandName} to have items, it has none`);
  return [...new Set(calls)];
}

function partiqlCalls(statement: string): AwsCall {
  const [, verb = '', table = ''] = /^(INSERT|UPDATE|DELETE|SELECT)\b[^"]*"([^"]+)"/.exec(statement) ?? [];
  const action = partiqlActions[verb];
  if (!action) throw new Error(`expected a PartiQL statement on a quoted table, got ${statement}`);
  // SELECT … FROM "table"."index"
  if (statement.includes(`"${table}"."`)) throw new Error(`expected no index in a PartiQL statement, got ${statement}`);
  return `dynamodb:${action} table/${table}`;
}

function transactionCalls(item: Readonly<Record<string, { readonly TableName?: string } | undefined>>): AwsCall[] {
  return Object.entries(item).flatMap(([kind, request]) => {
    const action = transactionActions[kind];
    if (!action) throw new Error(`expected one of ${Object.keys(transactionActions).join(', ')}, got ${kind}`);
    return onTable(action)({ TableName: request?.TableName ?? '' });
  });
}

function tableOrIndex(table: string, index?: string): string {
  // A table may also be given by its ARN.
  const name = lastPart(table, '/');
  return index === undefined ? `table/${name}` : `table/${name}/index/${index}`;
}

function tableOfStream(streamArn: string): string {
  return /:table\/([^/]+)\/stream\//.exec(streamArn)?.[1] ?? '';
}

function lastPart(text: string, separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}
