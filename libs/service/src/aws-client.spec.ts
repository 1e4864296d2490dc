import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { awsClient, SQS_OPTIONS } from './aws-client.ts';

const BOUNDS = { requestTimeoutMs: 1_000, maxAttempts: 1, maxSockets: 1 };

describe('awsClient', () => {
  it('logs nothing, and calls are answered as before', async () => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"Attributes":{"QueueArn":"arn"}}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const lines: unknown[] = [];
    const log = (line: unknown) => void lines.push(line);
    const options = {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      ...SQS_OPTIONS,
      logger: { debug: log, info: log, warn: log, error: log },
    };
    const call = async (client: SQSClient) => {
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: 'http://queue/0/orders', AttributeNames: ['QueueArn'] }),
      );
      client.destroy();
      return Attributes;
    };

    expect(await call(awsClient(SQSClient, BOUNDS, options))).toEqual({ QueueArn: 'arn' });
    const calls = () => lines.filter((line) => typeof line === 'object' && line !== null && 'commandName' in line);
    expect(calls()).toEqual([]);
    // A plain client of the SDK still logs the call.
    await call(new SQSClient(options));
    expect(calls()).toHaveLength(1);
    server.closeAllConnections();
    server.close();
  });
});
