import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams';
import { SNS } from '@aws-sdk/client-sns';
import { SQS } from '@aws-sdk/client-sqs';
import { type EventOrigin, isTimeZone } from '#libs/orders';
import { eventConsumers, orderEventsTopic, ordersTable, relayDeadLetterQueue } from '#libs/resources';
import { awsClient, SQS_OPTIONS } from '#libs/service';
import { prefixOf, type StageConfig } from '../infra/lib/config.ts';
import { stages } from '../infra/lib/stages.ts';
import { LOCAL_TIME_ZONE } from '../local/apps.ts';
import { readAwsEnvironment } from '../local/aws/aws-environment.ts';
import { readPorts } from '../local/ports.ts';
import { textOf } from './terminal.ts';

/** The timeout is longer than a long poll. */
const CALLS = { requestTimeoutMs: 15_000, maxAttempts: 4, maxSockets: 32 };

type Service = 'SQS' | 'SNS' | 'DYNAMODB' | 'DYNAMODB_STREAMS';

/** The arguments are wrong. The message says what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The environment does not allow the operation. The message says why, and what the operator can do. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** The pipeline on which a tool operates: that of `npm start` or docker compose on this machine, or a stage on AWS. */
export type Environment = ReturnType<typeof environmentOf>;

/**
 * Opens the environment of a stage with the SDK's default credentials, or without a stage that of this machine, with the ports
 * and endpoints of the variables.
 *
 * @throws UsageError for an unknown stage or an invalid variable
 */
export function openEnvironment(
  stageName: string | undefined,
  variables: NodeJS.ProcessEnv = process.env,
): Environment {
  if (stageName === undefined) return localEnvironment(variables);
  const stage = Object.hasOwn(stages, stageName) ? stages[stageName] : undefined;
  if (stage) return environmentOf(stage, stage.events, () => ({ region: stage.region }));
  throw new UsageError(`there is no stage ${stageName}: type --stage ${Object.keys(stages).join(' or --stage ')}`);
}

/**
 * The seller's time zone on a stage, or else on this machine as the api of `npm start` has it. `openEnvironment` refuses an
 * unknown stage.
 * @throws UsageError for an invalid variable
 */
export function timeZoneOf(stageName: string | undefined, variables: NodeJS.ProcessEnv = process.env): string {
  if (stageName !== undefined) return stages[stageName]?.seller.timeZone ?? 'UTC';
  const timeZone = variables['SELLER_TIME_ZONE'] || LOCAL_TIME_ZONE;
  if (isTimeZone(timeZone)) return timeZone;
  throw new UsageError('SELLER_TIME_ZONE must be the IANA name of a time zone');
}

function localEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const { ports, errors } = readPorts(variables);
  const aws = readAwsEnvironment(variables, ports);
  if (errors.length + aws.errors.length > 0) throw new UsageError([...errors, ...aws.errors].join('\n'));
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region } = aws.env;
  const credentials = accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey } } : {};
  // The defaults are those of the stream-relay.
  const { EVENT_TYPE_PREFIX, EVENT_SOURCE } = variables;
  const origin = { typePrefix: EVENT_TYPE_PREFIX || 'com.example.orders', source: EVENT_SOURCE || '/fargate-orders' };
  const endpointOf = (service: Service) => aws.env[`AWS_ENDPOINT_URL_${service}`];
  return environmentOf(undefined, origin, (service) => ({ region, endpoint: endpointOf(service), ...credentials }));
}

/** @param origin the origin of events, as the environment's stream-relay configures it */
function environmentOf(stage: StageConfig | undefined, origin: EventOrigin, optionsOf: (service: Service) => object) {
  const name = stage?.stage ?? 'local';
  const clients = {
    sqs: awsClient(SQS, CALLS, { ...SQS_OPTIONS, ...optionsOf('SQS') }),
    sns: awsClient(SNS, CALLS, optionsOf('SNS')),
    dynamodb: awsClient(DynamoDB, CALLS, optionsOf('DYNAMODB')),
    streams: awsClient(DynamoDBStreams, CALLS, optionsOf('DYNAMODB_STREAMS')),
  };
  /** A question for the operator when a call to AWS fails. */
  const hint = stage
    ? `is the stage deployed in ${stage.region}, and are these the credentials of its account?`
    : 'is npm start running? For a stage on AWS type --stage NAME';

  /** The name of a resource of `#libs/resources` in this environment. */
  const nameOf = (resource: string) => (stage ? `${prefixOf(stage)}-${resource}` : resource);

  const missing = stage ? eventConsumers.filter((consumer) => !stage.consumers.includes(consumer.name)) : [];
  /** Whether the environment has the queue: a stage may have fewer subscribers. */
  const hasQueue = (resource: string | undefined) => !missing.some(({ queue }) => queue.name === resource);

  const reached = <Answer>(what: string, call: Promise<Answer>): Promise<Answer> =>
    call.catch((cause: unknown) => {
      throw new EnvironmentError(`cannot reach ${what} (${textOf(cause)}): ${hint}`, { cause });
    });

  /** @throws EnvironmentError when the queue does not exist, or is not in the account of the stage */
  async function queueUrl(resource: string): Promise<string> {
    const QueueName = nameOf(resource);
    const { QueueUrl = '' } = await reached(`the queue ${QueueName}`, clients.sqs.getQueueUrl({ QueueName }));
    const account = new URL(QueueUrl).pathname.split('/')[1];
    if (stage?.account === undefined || stage.account === account) return QueueUrl;
    throw new EnvironmentError(`the stage ${name} is in account ${stage.account}, these credentials in ${account}`);
  }

  /** The ARN of any queue has the account and region, because all resources of an environment are in one of each. */
  async function topicArn(): Promise<string> {
    const QueueUrl = await queueUrl(relayDeadLetterQueue.name);
    const { Attributes } = await clients.sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['QueueArn'] });
    const [, partition, , region, account] = Attributes?.QueueArn?.split(':') ?? [];
    return `arn:${partition}:sns:${region}:${account}:${nameOf(orderEventsTopic.name)}`;
  }

  /** The stream that the stream-relay reads. */
  async function streamArn(): Promise<string> {
    if (stage?.restoredOrdersStreamArn) return stage.restoredOrdersStreamArn;
    const TableName = nameOf(ordersTable.name);
    const { Table } = await reached(`the table ${TableName}`, clients.dynamodb.describeTable({ TableName }));
    if (Table?.LatestStreamArn) return Table.LatestStreamArn;
    throw new EnvironmentError(`the table ${TableName} has no stream`);
  }

  /** The option that makes a command operate on the same environment. */
  const stageOption = stage ? ` --stage ${name}` : '';
  const destroy = () => Object.values(clients).forEach((client) => client.destroy());
  return {
    ...clients,
    name,
    origin,
    hint,
    stageOption,
    nameOf,
    hasQueue,
    reached,
    queueUrl,
    topicArn,
    streamArn,
    destroy,
  };
}
