import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { SNSClient, type PublishBatchCommandOutput, type SNSClientConfig } from '@aws-sdk/client-sns';
import type { ChangeRecord } from '../change-stream.ts';
import { type FifoMessage, SnsFifoSink } from './sns-fifo-sink.ts';

const topicArn = 'arn:aws:sns:eu-central-1:000000000000:events.fifo';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

function aClient(config: SNSClientConfig): SNSClient {
  return new SNSClient({ region: 'eu-central-1', credentials, maxAttempts: 1, ...config });
}

function aSink(client: SNSClient, callTimeoutMs?: number): SnsFifoSink {
  const toMessage = ({ itemKey }: ChangeRecord) => ({ groupId: itemKey, deduplicationId: itemKey, body: itemKey });
  return new SnsFifoSink({ client, topicArn, toMessage, ...(callTimeoutMs === undefined ? {} : { callTimeoutMs }) });
}

/** A client that is answered so without a call. */
function answering(answer: Omit<PublishBatchCommandOutput, '$metadata'>): SNSClient {
  const client = aClient({});
  client.middlewareStack.add(() => () => Promise.resolve({ output: { $metadata: {}, ...answer }, response: {} }));
  return client;
}

function publish(sink: SnsFifoSink, itemKey: string): Promise<void> {
  const record: ChangeRecord = { sequenceNumber: '1', eventId: '1', eventName: 'INSERT', keys: {}, itemKey };
  return sink.publish(record, { granted: () => true });
}

describe('SnsFifoSink', () => {
  it('takes for accepted only the messages that SNS names as accepted', async () => {
    const sink = aSink(
      answering({
        Successful: [{ Id: '0', MessageId: 'm' }],
        Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }],
      }),
    );
    // The first goes alone; the other three share a call.
    const outcomes = await Promise.allSettled(['alone', 'a', 'b', 'c'].map((itemKey) => publish(sink, itemKey)));

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(outcomes[2]).toMatchObject({ reason: { code: 'PUBLISH_FAILED', retryable: true } });
    expect(outcomes[3]).toMatchObject({
      reason: { message: 'expected an outcome of each message, SNS gave none of this one', retryable: true },
    });
  });

  it.each([
    ['KMSDisabled', 'the key is disabled'],
    ['KMSAccessDenied', 'no access to the key'],
    ['AuthorizationError', 'not authorized'],
    ['NotFound', 'topic does not exist'],
    ['RequestLimitExceeded', 'slow down'],
    ['KMSThrottling', 'slow down'],
    ['InvalidParameter', 'Invalid parameter: TopicArn'],
  ])("takes a message's %s (%s) for the deployment's fault, not the message's", async (Code, Message) => {
    const sink = aSink(answering({ Failed: [{ Id: '0', Code, Message, SenderFault: true }] }));
    await expect(publish(sink, 'a')).rejects.toMatchObject({ code: 'PUBLISH_FAILED', retryable: true });
  });

  it('refuses for good only a message whose content SNS calls invalid', async () => {
    const fault = { Id: '0', Code: 'InvalidParameter', Message: 'Invalid parameter: Message too long' };
    const sink = aSink(answering({ Failed: [{ ...fault, SenderFault: true }] }));
    await expect(publish(sink, 'a')).rejects.toMatchObject({ code: 'PUBLISH_REFUSED', retryable: false });
  });

  it.each([
    ['groupId', { groupId: 5 }],
    ['deduplicationId', { deduplicationId: null }],
    ['body', { body: undefined }],
    ['attribute channel', { attributes: { eventType: 'x', channel: [] } }],
  ])('refuses for good a message whose %s is no text, as a record may have anything', async (name, odd) => {
    const client = answering({ Successful: [{ Id: '0' }] });
    const toMessage = () => ({ groupId: 'g', deduplicationId: 'd', body: 'b', ...odd }) as unknown as FifoMessage;
    const sink = new SnsFifoSink({ client, topicArn, toMessage });
    await expect(publish(sink, 'a')).rejects.toMatchObject({
      code: 'NO_MESSAGE',
      retryable: false,
      message: expect.stringContaining(`${name} is no text`),
    });
  });

  it('takes a call refused for its topic for a failure, whatever the error is called', async () => {
    const client = aClient({});
    client.middlewareStack.add(() => () => {
      const error = new Error('Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements');
      return Promise.reject(Object.assign(error, { name: 'InvalidParameterException' }));
    });
    await expect(publish(aSink(client), 'a')).rejects.toMatchObject({ code: 'PUBLISH_FAILED', retryable: true });
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
