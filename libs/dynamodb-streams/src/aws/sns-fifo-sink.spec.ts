import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { SNSClient, type PublishBatchCommandOutput, type SNSClientConfig } from '@aws-sdk/client-sns';
import type { ChangeRecord } from '../change-stream.ts';
import { SnsFifoSink } from './sns-fifo-sink.ts';

const topicArn = 'arn:aws:sns:eu-central-1:000000000000:events.fifo';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

function aClient(config: SNSClientConfig): SNSClient {
  return new SNSClient({ region: 'eu-central-1', credentials, maxAttempts: 1, ...config });
}

function aSink(client: SNSClient, callTimeoutMs?: number): SnsFifoSink {
  const toMessage = ({ itemKey }: ChangeRecord) => ({ groupId: itemKey, deduplicationId: itemKey, body: itemKey });
  return new SnsFifoSink({ client, topicArn, toMessage, ...(callTimeoutMs === undefined ? {} : { callTimeoutMs }) });
}

function publish(sink: SnsFifoSink, itemKey: string): Promise<void> {
  const record: ChangeRecord = { sequenceNumber: '1', eventId: '1', eventName: 'INSERT', keys: {}, itemKey };
  return sink.publish(record, { granted: () => true });
}

describe('SnsFifoSink', () => {
  it('takes for accepted only the messages that SNS names as accepted', async () => {
    const client = aClient({});
    const answer: Omit<PublishBatchCommandOutput, '$metadata'> = {
      Successful: [{ Id: '0', MessageId: 'm' }],
      Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }],
    };
    client.middlewareStack.add(() => () => Promise.resolve({ output: { $metadata: {}, ...answer }, response: {} }));
    const sink = aSink(client);
    // The first goes alone; the other three share a call.
    const outcomes = await Promise.allSettled(['alone', 'a', 'b', 'c'].map((itemKey) => publish(sink, itemKey)));
    client.destroy();

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(outcomes[2]).toMatchObject({ reason: { code: 'PUBLISH_FAILED', retryable: true } });
    expect(outcomes[3]).toMatchObject({
      reason: { message: 'expected an outcome of each message, SNS gave none of this one', retryable: true },
    });
  });

  it('refuses a timeout that is no whole number of milliseconds', () => {
    const client = aClient({});
    expect(() => aSink(client, 0.5)).toThrow('callTimeoutMs must be whole and above 0, got 0.5');
    client.destroy();
  });

  describe('with an endpoint that begins an answer and never ends it', () => {
    let server: Server;
    let endpoint: string;
    let calls = 0;

    beforeAll(async () => {
      server = createServer((_, response) => {
        calls += 1;
        response.writeHead(200, { 'content-type': 'text/xml' }).write('<PublishBatchResponse>');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    beforeEach(() => {
      calls = 0;
    });

    afterAll(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    it('ends the call after its timeout', async () => {
      const client = aClient({ endpoint });
      await expect(publish(aSink(client, 200), 'a')).rejects.toMatchObject({ code: 'PUBLISH_FAILED' });
      expect(calls).toBe(1);
      client.destroy();
    });

    it('sends nothing after its timeout, when the credentials come late', async () => {
      const client = aClient({ endpoint, credentials: () => wait(400, credentials) });
      const startMs = performance.now();
      await expect(publish(aSink(client, 100), 'a')).rejects.toMatchObject({
        code: 'PUBLISH_FAILED',
        cause: { code: 'CALL_TIMEOUT' },
      });
      expect(performance.now() - startMs).toBeLessThan(390);
      await wait(600);
      expect(calls).toBe(0);
      client.destroy();
    });
  });
});
