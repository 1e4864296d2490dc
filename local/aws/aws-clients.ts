import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';

export interface AwsClients {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly dynamodb: DynamoDBClient;
  destroy(): void;
}

/** Clients for the endpoints in `env`, whatever this process's own environment says. */
export function awsClients(env: Readonly<Record<string, string>>): AwsClients {
  const options = (service: string) => ({
    endpoint: env[`AWS_ENDPOINT_URL_${service}`]!,
    region: env['AWS_REGION']!,
    ...(env['AWS_ACCESS_KEY_ID'] && env['AWS_SECRET_ACCESS_KEY']
      ? { credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID'], secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] } }
      : {}),
  });
  const sqs = new SQSClient(options('SQS'));
  const sns = new SNSClient(options('SNS'));
  const dynamodb = new DynamoDBClient(options('DYNAMODB'));
  return { sqs, sns, dynamodb, destroy: () => [sqs, sns, dynamodb].forEach((client) => client.destroy()) };
}
