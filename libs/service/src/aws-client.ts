import { NodeHttpHandler } from '@smithy/node-http-handler';

export interface AwsClientBounds {
  /** Longest that one attempt may take, in milliseconds. */
  requestTimeoutMs: number;
  /** Attempts in all, the first included. */
  maxAttempts: number;
  /** Sockets of this client. More calls than sockets wait for one. */
  maxSockets: number;
}

interface BoundOptions {
  maxAttempts: number;
  requestHandler: NodeHttpHandler;
}

/** Any client of the AWS SDK. */
interface SdkClient {
  middlewareStack: { remove(name: string): boolean };
}

/**
 * For an SQS client: calls go to the client's own endpoint, never to the host in a queue's URL, which an emulator may
 * name in a way that only itself can resolve. No MD5 is made of each message's body beside the SHA-256 that every call is
 * signed with and what TLS checks of both ways: it is a fifth of the CPU time of a call with ten.
 */
export const SQS_OPTIONS = { useQueueUrlAsEndpoint: false, md5: false } as const;

/**
 * A client of the AWS SDK with bounds: without them a call waits for a socket or an answer for ever. Endpoint, region and
 * credentials come from the SDK's own environment variables, or from `options`.
 */
export function awsClient<Client extends SdkClient, Options extends object>(
  Kind: new (options: BoundOptions & Options) => Client,
  bounds: AwsClientBounds,
  options: Options = {} as Options,
): Client {
  const client = new Kind({ ...boundOptions(bounds), ...options });
  // It copies each call's input and output for a logger, also for the one that we do not give: a sixth of the CPU time
  // of a process that reads a stream.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

function boundOptions({ requestTimeoutMs, maxAttempts, maxSockets }: AwsClientBounds): BoundOptions {
  return {
    maxAttempts,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: Math.min(1_000, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets },
      httpsAgent: { keepAlive: true, maxSockets },
    }),
  };
}
