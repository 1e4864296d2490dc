import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsClient, SQS_OPTIONS } from '#libs/service';

/** The timeout is longer than a long poll of 20 s. */
const CALLS = { requestTimeoutMs: 30_000, maxAttempts: 3, maxSockets: 64 };

export type AwsClients = ReturnType<typeof awsClients>;

/** Clients for the endpoints in `env`, regardless of the environment of this process. */
export function awsClients(env: Readonly<Record<string, string>>) {
  const options = (service: string) => ({
    endpoint: env[`AWS_ENDPOINT_URL_${service}`]!,
    region: env['AWS_REGION']!,
    ...(env['AWS_ACCESS_KEY_ID'] && env['AWS_SECRET_ACCESS_KEY']
      ? { credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID'], secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] } }
      : {}),
  });
  const sqs = awsClient(SQSClient, CALLS, { ...SQS_OPTIONS, ...options('SQS') });
  const sns = awsClient(SNSClient, CALLS, options('SNS'));
  const dynamodb = awsClient(DynamoDBClient, CALLS, options('DYNAMODB'));
  return { sqs, sns, dynamodb, destroy: () => [sqs, sns, dynamodb].forEach((client) => client.destroy()) };
}
