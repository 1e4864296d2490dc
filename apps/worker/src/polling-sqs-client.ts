import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { sqsClient, type SqsCalls } from '#libs/service';

/**
 * Long polls hold a socket for 20 s and have one attempt of the SDK, after a direct call that failed; all other calls are quick
 * and are repeated. So each kind has its own sockets and bounds, behind the one `send` that sqs-consumer calls.
 */
export function pollingSqsClient(pollers: number, calls: SqsCalls): SQSClient {
  const polls = sqsClient({ requestTimeoutMs: 25_000, maxAttempts: 1, maxSockets: 2 * pollers }, calls);
  const others = sqsClient({ requestTimeoutMs: 2_000, maxAttempts: 3, maxSockets: 2 * pollers }, calls);
  const send = (command: never, options: never) =>
    ((command as unknown) instanceof ReceiveMessageCommand ? polls : others).send(command, options);
  return { send } as unknown as SQSClient;
}
