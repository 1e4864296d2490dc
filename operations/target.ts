import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { orderEventsTopic, ordersTable, relayDeadLetterQueue } from '#libs/resources';
import { prefixOf, type StageConfig } from '../infra/lib/config.ts';
import { stages } from '../infra/lib/stages.ts';
import type { EventOrigin } from '#libs/orders';
// Not by the lib's index: Node does not load the decorators of its configuration.
import { awsClient, SQS_OPTIONS } from '#libs/service';
import { readAwsEnvironment } from '../local/aws/aws-environment.ts';
import { readPorts } from '../local/ports.ts';
import { TargetError, UsageError } from './usage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Service = 'SQS' | 'SNS' | 'DYNAMODB' | 'DYNAMODB_STREAMS';

/** Longer than a long poll. */
const CALLS = { requestTimeoutMs: 15_000, maxAttempts: 4, maxSockets: 32 };
/** As the stream-relay has it where no variable says otherwise. */
const LOCAL_ORIGIN: EventOrigin = { typePrefix: 'com.example.orders', source: '/fargate-orders' };

/** The pipeline that a tool repairs: what `npm start` or docker compose runs on this machine, or a stage on AWS. */
export class Target {
  /** `local` or the stage. */
  readonly name: string;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly dynamodb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  /** Where its events come from, as its relay is told. */
  readonly origin: EventOrigin;
  private readonly stage: StageConfig | undefined;
  private readonly urls = new Map<string, Promise<string>>();

  constructor(stage: StageConfig | undefined, optionsOf: (service: Service) => object, env: Environment) {
    this.stage = stage;
    this.name = stage?.stage ?? 'local';
    this.sqs = awsClient(SQSClient, CALLS, { ...SQS_OPTIONS, ...optionsOf('SQS') });
    this.sns = awsClient(SNSClient, CALLS, optionsOf('SNS'));
    this.dynamodb = awsClient(DynamoDBClient, CALLS, optionsOf('DYNAMODB'));
    this.streams = awsClient(DynamoDBStreamsClient, CALLS, optionsOf('DYNAMODB_STREAMS'));
    this.origin = stage?.events ?? {
      typePrefix: env['EVENT_TYPE_PREFIX'] || LOCAL_ORIGIN.typePrefix,
      source: env['EVENT_SOURCE'] || LOCAL_ORIGIN.source,
    };
  }

  /** What is typed behind a command so that it goes to the same place. */
  get stageOption(): string {
    return this.stage ? ` --stage ${this.name}` : '';
  }

  /** A name of `#libs/resources` as this target has it. */
  nameOf(name: string): string {
    return this.stage ? `${prefixOf(this.stage)}-${name}` : name;
  }

  /** @throws TargetError when there is no such queue */
  queueUrl(name: string): Promise<string> {
    const known = this.urls.get(name) ?? this.findQueue(name);
    this.urls.set(name, known);
    return known;
  }

  async topicArn(): Promise<string> {
    const { partition, region, account } = await this.whereabouts();
    return `arn:${partition}:sns:${region}:${account}:${this.nameOf(orderEventsTopic.name)}`;
  }

  /** The stream that the relay reads. */
  async streamArn(): Promise<string> {
    if (this.stage?.restoredOrdersStreamArn) return this.stage.restoredOrdersStreamArn;
    const TableName = this.nameOf(ordersTable.name);
    const { Table } = await this.reached(
      this.dynamodb,
      this.dynamodb.send(new DescribeTableCommand({ TableName })),
      TableName,
    );
    if (Table?.LatestStreamArn) return Table.LatestStreamArn;
    throw new TargetError(`the table ${TableName} has no stream`);
  }

  /** The answer of that client's call; where nobody answers, says what may be done about it. */
  async reached<Answer>(client: SQSClient | DynamoDBClient, call: Promise<Answer>, what: string): Promise<Answer> {
    try {
      return await call;
    } catch (error) {
      const { name, message } = error as Error;
      const where = this.stage ? `in ${this.stage.region}` : `at ${await endpointText(client)}`;
      const hint = this.stage
        ? 'is the stage deployed, and are these the credentials of its account?'
        : 'is npm start running? For a stage on AWS type --stage NAME';
      throw new TargetError(`can not reach ${what} ${where}: ${hint} (${message || name})`, { cause: error });
    }
  }

  destroy(): void {
    for (const client of [this.sqs, this.sns, this.dynamodb, this.streams]) client.destroy();
  }

  /** Of any resource: all of a target are in one account. */
  private async whereabouts() {
    const QueueUrl = await this.queueUrl(relayDeadLetterQueue.name);
    const ask = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    const { Attributes } = await this.sqs.send(ask);
    const [, partition = '', , region = '', account = ''] = (Attributes?.['QueueArn'] ?? '').split(':');
    return { partition, region, account };
  }

  private async findQueue(name: string): Promise<string> {
    const QueueName = this.nameOf(name);
    const { QueueUrl = '' } = await this.reached(
      this.sqs,
      this.sqs.send(new GetQueueUrlCommand({ QueueName })),
      `the queue ${QueueName}`,
    );
    const account = new URL(QueueUrl).pathname.split('/')[1];
    if (this.stage?.account !== undefined && account !== this.stage.account) {
      throw new TargetError(
        `the stage ${this.name} is in account ${this.stage.account}, these credentials in ${account}`,
      );
    }
    return QueueUrl;
  }
}

/**
 * Where a tool works: with a stage on AWS, by the SDK's own chain of credentials; without one on this machine, as the
 * variables of the ports and the endpoints say.
 *
 * @throws UsageError for a stage that there is not, or a variable that is wrong
 */
export function openTarget(stageName: string | undefined, env: Environment = process.env): Target {
  if (stageName === undefined) return localTarget(env);
  const stage = Object.hasOwn(stages, stageName) ? stages[stageName] : undefined;
  if (stage) return new Target(stage, () => ({ region: stage.region }), env);
  throw new UsageError(`there is no stage ${stageName}: type --stage ${Object.keys(stages).join(' or --stage ')}`);
}

function localTarget(env: Environment): Target {
  const { ports, faults } = readPorts(env);
  const aws = readAwsEnvironment(env, ports);
  if (faults.length + aws.faults.length > 0) throw new UsageError([...faults, ...aws.faults].join('\n'));
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region } = aws.env;
  const credentials = accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey } } : {};
  const optionsOf = (service: Service) => ({
    region,
    endpoint: aws.env[`AWS_ENDPOINT_URL_${service}`],
    ...credentials,
  });
  return new Target(undefined, optionsOf, env);
}

async function endpointText(client: SQSClient | DynamoDBClient): Promise<string> {
  const endpoint = await client.config.endpoint?.();
  return endpoint ? `${endpoint.protocol}//${endpoint.hostname}${endpoint.port ? `:${endpoint.port}` : ''}` : 'AWS';
}
