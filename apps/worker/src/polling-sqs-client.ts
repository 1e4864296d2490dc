import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { awsClient, type AwsClientBounds, SQS_OPTIONS } from '#libs/service';

/**
 * Long polls hold a socket for 20 s and must not be repeated by the SDK; all other calls are quick and are repeated. So
 * each kind has its own sockets and bounds, behind the one `send` that sqs-consumer calls.
 */
export function pollingSqsClient(pollers: number): SQSClient {
  const client = (bounds: AwsClientBounds) => awsClient(SQSClient, bounds, SQS_OPTIONS);
  const polls = client({ requestTimeoutMs: 25_000, maxAttempts: 1, maxSockets: 2 * pollers });
  const others = client({ requestTimeoutMs: 2_000, maxAttempts: 3, maxSockets: 2 * pollers });
  const send = (command: never, options: never) =>
    ((command as unknown) instanceof ReceiveMessageCommand ? polls : others).send(command, options);
  return { send } as unknown as SQSClient;
}
