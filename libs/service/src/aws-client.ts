import { NodeHttpHandler } from '@smithy/node-http-handler';

export interface AwsClientBounds {
  /** Longest time of one attempt, in milliseconds. */
  requestTimeoutMs: number;
  /** Number of attempts, including the first. */
  maxAttempts: number;
  /** Sockets of this client. More calls than sockets wait for one. */
  maxSockets: number;
}

/** Any client of the AWS SDK. */
interface SdkClient {
  middlewareStack: { remove(name: string): boolean };
}

/**
 * Options of an SQS client. Calls go to the client's endpoint, never to the host in a queue's URL, which only the emulator
 * itself may be able to resolve. No MD5 of message bodies is computed: calls are signed with SHA-256 and TLS checks both
 * directions, and MD5 takes a fifth of the CPU time of a call with ten messages.
 */
export const SQS_OPTIONS = { useQueueUrlAsEndpoint: false, md5: false } as const;

/**
 * Creates a client of the AWS SDK with bounds: without them a call may wait for a socket or an answer forever. Endpoint,
 * region and credentials come from the SDK's environment variables, or from `options`.
 */
export function awsClient<Client extends SdkClient, Options extends object>(
  Kind: new (options: { maxAttempts: number; requestHandler: NodeHttpHandler } & Options) => Client,
  { requestTimeoutMs, maxAttempts, maxSockets }: AwsClientBounds,
  options: Options = {} as Options,
): Client {
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: Math.min(1_000, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true, maxSockets },
    httpsAgent: { keepAlive: true, maxSockets },
  });
  const client = new Kind({ maxAttempts, requestHandler, ...options });
  // This middleware copies each call's input and output for a logger, even without one: a sixth of the CPU time of a
  // process that reads a stream.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
