/** Any client of the AWS SDK. */
interface AwsClient {
  middlewareStack: { remove(name: string): boolean };
}

/**
 * Takes out of a client what copies each call's input and output for a logger. We give it none, and the SDK makes the
 * copies all the same: a sixth of the CPU time of a process that reads a stream.
 */
export function withoutCallLog<Client extends AwsClient>(client: Client): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
