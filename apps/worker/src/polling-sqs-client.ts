import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { awsClient, type AwsClientBounds, SQS_OPTIONS } from '#libs/service';

/**
 * Long polls take a socket each for 20 s and are not repeated by the SDK; everything else is quick and is. So each has
 * sockets and bounds of its own, behind the one `send` that sqs-consumer calls.
 */
export function pollingSqsClient(pollers: number): SQSClient {
  const client = (bounds: AwsClientBounds) => awsClient(SQSClient, bounds, SQS_OPTIONS);
  const polls = client({ requestTimeoutMs: 25_000, maxAttempts: 1, maxSockets: 2 * pollers });
  const others = client({ requestTimeoutMs: 2_000, maxAttempts: 3, maxSockets: 2 * pollers });
  const send = (command: never, options: never) =>
    ((command as unknown) instanceof ReceiveMessageCommand ? polls : others).send(command, options);
  return { send } as unknown as SQSClient;
}
