import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SNSClient, type PublishBatchCommandOutput, type SNSClientConfig } from '@aws-sdk/client-sns';
import type { ChangeRecord } from '../change-stream.ts';
import { type FifoMessage, makeOrRefuse, SnsFifoTopic } from './sns-fifo-topic.ts';

const topicArn = 'arn:aws:sns:eu-central-1:000000000000:events.fifo';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

function aClient(config: SNSClientConfig): SNSClient {
  return new SNSClient({ region: 'eu-central-1', credentials, maxAttempts: 1, ...config });
}

function aTopic(client: SNSClient, callTimeoutMs?: number): SnsFifoTopic {
  return new SnsFifoTopic({ client, topicArn, ...(callTimeoutMs === undefined ? {} : { callTimeoutMs }) });
}

/** A client that gets this answer without a call. */
function answering(answer: Omit<PublishBatchCommandOutput, '$metadata'>): SNSClient {
  const client = aClient({});
  client.middlewareStack.add(() => () => Promise.resolve({ output: { $metadata: {}, ...answer }, response: {} }));
  return client;
}

const permit = { granted: () => true };

function publish(topic: SnsFifoTopic, id: string): Promise<void> {
  return topic.publish({ groupId: id, deduplicationId: id, body: id }, permit);
}

describe('makeOrRefuse', () => {
  it('permanently refuses a record from which no message can be made', () => {
    const record: ChangeRecord = { sequenceNumber: '7', eventId: '7', eventName: 'INSERT', keys: {}, itemKey: 'a' };
    const cause = new Error('no version');
    const make = () =>
      makeOrRefuse(record, () => {
        throw cause;
      });
    expect(make).toThrow(
      expect.objectContaining({
        code: 'NO_MESSAGE',
        retryable: false,
        message: 'record 7: no message can be made',
        cause,
      }),
    );
    expect(makeOrRefuse(record, ({ itemKey }) => itemKey)).toBe('a');
  });
});

describe('SnsFifoTopic', () => {
  it('considers only those messages accepted that SNS names as accepted', async () => {
    const topic = aTopic(
      answering({
        Successful: [{ Id: '0', MessageId: 'm' }],
        Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }],
      }),
    );
    // The first has a call of its own; the other three share one.
    const outcomes = await Promise.allSettled(['single', 'a', 'b', 'c'].map((id) => publish(topic, id)));

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
  ])("treats a message's %s (%s) as an error of the deployment, not of the message", async (Code, Message) => {
    const topic = aTopic(answering({ Failed: [{ Id: '0', Code, Message, SenderFault: true }] }));
    await expect(publish(topic, 'a')).rejects.toMatchObject({ code: 'PUBLISH_FAILED', retryable: true });
  });

  it('refuses permanently only a message whose content SNS calls invalid', async () => {
    const failed = { Id: '0', Code: 'InvalidParameter', Message: 'Invalid parameter: Message too long' };
    const topic = aTopic(answering({ Failed: [{ ...failed, SenderFault: true }] }));
    await expect(publish(topic, 'a')).rejects.toMatchObject({ code: 'PUBLISH_REFUSED', retryable: false });
  });

  it.each([
    ['groupId', { groupId: 5 }],
    ['deduplicationId', { deduplicationId: null }],
    ['body', { body: undefined }],
    ['attribute channel', { attributes: { eventType: 'x', channel: [] } }],
  ])('permanently refuses a message whose %s is not a string', async (name, invalid) => {
    const client = answering({ Successful: [{ Id: '0' }] });
    const message = { groupId: 'g', deduplicationId: 'd', body: 'b', ...invalid } as unknown as FifoMessage;
    await expect(aTopic(client).publish(message, permit)).rejects.toMatchObject({
      code: 'NO_MESSAGE',
      retryable: false,
      message: expect.stringContaining(`: ${name} must be a string`),
    });
  });

  it('sends nothing when the permit is withdrawn while the call waits for credentials', async () => {
    let granted = true;
    let sent = 0;
    const client = aClient({
      credentials: () => {
        granted = false;
        return Promise.resolve(credentials);
      },
      requestHandler: {
        handle: () => {
          sent += 1;
          return Promise.reject(new Error('sent'));
        },
      },
    });
    const publishing = aTopic(client).publish(
      { groupId: 'a', deduplicationId: 'a', body: 'a' },
      { granted: () => granted },
    );
    await expect(publishing).rejects.toMatchObject({ code: 'LEASE_LOST', retryable: true });
    expect(sent).toBe(0);
  });

  it('treats a call refused for its topic as a failure, whatever the name of the error', async () => {
    const client = aClient({});
    client.middlewareStack.add(() => () => {
      const error = new Error('Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements');
      return Promise.reject(Object.assign(error, { name: 'InvalidParameterException' }));
    });
    await expect(publish(aTopic(client), 'a')).rejects.toMatchObject({ code: 'PUBLISH_FAILED', retryable: true });
  });

  it('refuses a timeout that is not a whole number of milliseconds', () => {
    const client = aClient({});
    expect(() => aTopic(client, 0.5)).toThrow('callTimeoutMs must be a whole number above 0, got 0.5');
    client.destroy();
  });

  describe('with an endpoint that starts an answer and never ends it', () => {
    let server: Server;
    let endpoint: string;
    const calls: string[] = [];
    let onCall: () => void = () => undefined;

    beforeAll(async () => {
      server = createServer((request, response) => {
        response.writeHead(200, { 'content-type': 'text/xml' }).write('<PublishBatchResponse>');
        void text(request).then((body) => {
          calls.push(new URLSearchParams(body).get('PublishBatchRequestEntries.member.1.Message') ?? '');
          onCall();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    beforeEach(() => {
      calls.length = 0;
    });

    afterAll(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    it('ends the call after its timeout', async () => {
      const client = aClient({ endpoint });
      await expect(publish(aTopic(client, 500), 'a')).rejects.toMatchObject({ code: 'PUBLISH_FAILED' });
      expect(calls).toEqual(['a']);
      client.destroy();
    });

    it('sends nothing after its timeout, when the credentials come late', async () => {
      const late = Promise.withResolvers<typeof credentials>();
      const client = aClient({ endpoint, credentials: () => late.promise });
      await expect(publish(aTopic(client, 100), 'a')).rejects.toMatchObject({
        code: 'PUBLISH_FAILED',
        cause: { code: 'CALL_TIMEOUT' },
      });
      // Both messages could be sent now; the server receives only the one that is still waited for.
      const called = new Promise<void>((resolve) => (onCall = resolve));
      const next = publish(aTopic(client, 60_000), 'b');
      late.resolve(credentials);
      await called;
      expect(calls).toEqual(['b']);
      server.closeAllConnections();
      await expect(next).rejects.toMatchObject({ code: 'PUBLISH_FAILED' });
      client.destroy();
    });
  });
});
