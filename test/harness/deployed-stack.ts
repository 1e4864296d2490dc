import { CreateTableCommand, type CreateTableCommandInput, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Properties, Template, Value } from '../../infra/test/template.ts';
import type { AwsClients } from '../../local/aws/aws-clients.ts';

/** What `Ref` and `Fn::GetAtt` return for a resource. */
interface Created {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string | undefined>>;
}

interface ResourceType {
  /** Everything that the template may set. Emulators accept all of it, and ignore encryption, tags and warm throughput. */
  readonly properties: readonly string[];
  readonly create: (clients: AwsClients, properties: Properties) => Promise<Created>;
}

const SUBSCRIPTION_ATTRIBUTES = ['RawMessageDelivery', 'FilterPolicy', 'FilterPolicyScope', 'RedrivePolicy'];
const TOPIC_ATTRIBUTES = ['FifoTopic', 'ContentBasedDeduplication', 'FifoThroughputScope', 'KmsMasterKeyId'];
const QUEUE_ATTRIBUTES = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'FifoQueue',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
];

const types: Readonly<Record<string, ResourceType>> = {
  'AWS::SQS::Queue': { properties: ['QueueName', 'Tags', ...QUEUE_ATTRIBUTES], create: createQueue },
  'AWS::SNS::Topic': { properties: ['TopicName', 'Tags', ...TOPIC_ATTRIBUTES], create: createTopic },
  'AWS::SNS::Subscription': {
    properties: ['TopicArn', 'Protocol', 'Endpoint', ...SUBSCRIPTION_ATTRIBUTES],
    create: createSubscription,
  },
  'AWS::DynamoDB::Table': {
    properties: [
      'TableName',
      'AttributeDefinitions',
      'KeySchema',
      'BillingMode',
      'GlobalSecondaryIndexes',
      'StreamSpecification',
      'TimeToLiveSpecification',
      'DeletionProtectionEnabled',
      'PointInTimeRecoverySpecification',
      'WarmThroughput',
      'Tags',
    ],
    create: createTable,
  },
};

/** Types of the data stack that no emulator has. No app uses them but the secret, whose value is not in the template. */
const NOT_EMULATED = [
  'AWS::Backup::BackupPlan',
  'AWS::Backup::BackupSelection',
  'AWS::Backup::BackupVault',
  'AWS::IAM::Role',
  'AWS::SecretsManager::Secret',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
];

/** A stack whose tables, queues, topics and subscriptions were created on the emulators from its template. */
export class DeployedStack {
  private readonly created = new Map<string, Promise<Created>>();

  private constructor(
    private readonly clients: AwsClients,
    private readonly template: Template,
    private readonly pseudoParameters: Readonly<Record<string, string>>,
  ) {}

  /** @throws Error for each resource type and property that is not known here */
  static async deploy(clients: AwsClients, template: Template, region: string): Promise<DeployedStack> {
    const errors = unknownParts(template);
    if (errors.length > 0) throw new Error(`test/harness/deployed-stack.ts cannot deploy:\n${errors.join('\n')}`);
    const pseudoParameters = { 'AWS::AccountId': '000000000000', 'AWS::Region': region, 'AWS::Partition': 'aws' };
    const stack = new DeployedStack(clients, template, pseudoParameters);
    const emulated = Object.entries(template.Resources).filter(([, { Type }]) => Type in types);
    await Promise.all(emulated.map(([id]) => stack.resource(id)));
    return stack;
  }

  /** Resolves CloudFormation's functions in a value of this stack, or in a value of another one that imports its exports. */
  async resolve(value: Value): Promise<Value> {
    if (Array.isArray(value)) return Promise.all(value.map((one) => this.resolve(one)));
    if (value === null || typeof value !== 'object') return value;
    const [name = '', argument = null] = Object.entries(value)[0] ?? [];
    if (name === 'Ref' || name.startsWith('Fn::')) return this.functionResult(name, argument);
    const entries = Object.entries(value).map(async ([key, one]) => [key, await this.resolve(one)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  private async functionResult(name: string, argument: Value): Promise<Value> {
    if (typeof argument === 'string') {
      if (name === 'Ref') return this.pseudoParameters[argument] ?? (await this.resource(argument)).ref;
      if (name === 'Fn::ImportValue') return this.resolve(this.exported(argument));
    }
    if (name === 'Fn::GetAtt') {
      const [id, attribute] = argument as [string, string];
      const result = (await this.resource(id)).attributes?.[attribute];
      if (result === undefined) throw new Error(`${id} has no attribute ${attribute}`);
      return result;
    }
    if (name === 'Fn::Join') {
      const [separator, parts] = argument as [string, Value[]];
      return ((await this.resolve(parts)) as string[]).join(separator);
    }
    throw new Error(`${name} is not known in test/harness/deployed-stack.ts`);
  }

  private exported(name: string): Value {
    const output = Object.values(this.template.Outputs ?? {}).find(({ Export }) => Export?.Name === name);
    if (!output) throw new Error(`the stack does not export ${name}`);
    return output.Value;
  }

  /** Creates a resource once, after those to which it refers. */
  private resource(id: string): Promise<Created> {
    const creation = this.created.get(id) ?? this.create(id);
    this.created.set(id, creation);
    return creation;
  }

  private async create(id: string): Promise<Created> {
    const resource = this.template.Resources[id];
    const type = types[resource?.Type ?? ''];
    if (!resource || !type) throw new Error(`${id} is not emulated: ${resource?.Type ?? 'not in the template'}`);
    return type.create(this.clients, (await this.resolve(resource.Properties ?? {})) as Properties);
  }
}

/** The resource types and the properties that cannot be deployed here, one line each. */
export function unknownParts({ Resources }: Template): string[] {
  return Object.entries(Resources).flatMap(([id, { Type, Properties = {} }]) => {
    const type = types[Type];
    if (!type) return NOT_EMULATED.includes(Type) ? [] : [`${id} has the unknown type ${Type}`];
    const unknown = Object.keys(Properties).filter((name) => !type.properties.includes(name));
    return unknown.map((name) => `${id}, a ${Type}, has the unknown property ${name}`);
  });
}

/** SQS and SNS take every attribute as text. */
function attributesOf(properties: Properties, names: readonly string[]): Record<string, string> {
  const given = names.filter((name) => properties[name] !== undefined);
  const text = (value: Value | undefined) => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.fromEntries(given.map((name) => [name, text(properties[name])]));
}

async function createQueue({ sqs }: AwsClients, properties: Properties): Promise<Created> {
  const QueueName = properties['QueueName'] as string;
  const Attributes = attributesOf(properties, QUEUE_ATTRIBUTES);
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const { Attributes: made } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  return { ref: QueueUrl, attributes: { Arn: made?.QueueArn, QueueName } };
}

async function createTopic({ sns }: AwsClients, properties: Properties): Promise<Created> {
  const Name = properties['TopicName'] as string;
  const command = new CreateTopicCommand({ Name, Attributes: attributesOf(properties, TOPIC_ATTRIBUTES) });
  const { TopicArn = '' } = await sns.send(command);
  return { ref: TopicArn, attributes: { TopicArn, TopicName: Name } };
}

async function createSubscription({ sns }: AwsClients, properties: Properties): Promise<Created> {
  const { TopicArn, Protocol, Endpoint } = properties as Record<string, string>;
  const Attributes = attributesOf(properties, SUBSCRIPTION_ATTRIBUTES);
  const { SubscriptionArn = '' } = await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }));
  return { ref: SubscriptionArn };
}

async function createTable({ dynamodb }: AwsClients, properties: Properties): Promise<Created> {
  const { TimeToLiveSpecification, PointInTimeRecoverySpecification: _, StreamSpecification, ...same } = properties;
  const stream = StreamSpecification as object | undefined;
  const input = { ...same, ...(stream && { StreamSpecification: { StreamEnabled: true, ...stream } }) };
  const { TableDescription: table } = await dynamodb.send(
    new CreateTableCommand(input as unknown as CreateTableCommandInput),
  );
  const TableName = table?.TableName ?? '';
  if (TimeToLiveSpecification) {
    const specification = TimeToLiveSpecification as { AttributeName: string; Enabled: boolean };
    await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: specification }));
  }
  return { ref: TableName, attributes: { Arn: table?.TableArn, StreamArn: table?.LatestStreamArn } };
}
