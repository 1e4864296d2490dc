import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { type SqsCalls, sqsClient } from './direct-sqs-client.ts';

const BOUNDS = { requestTimeoutMs: 1_000, maxAttempts: 1, maxSockets: 2 };
const region = 'eu-central-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'secret', sessionToken: 'session' };
const QueueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/orders';

const CALLS = [
  [
    'SendMessageBatch',
    new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '0', MessageBody: 'ä "€" \u{1f9fd}\n' }] }),
    { Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '0' }], Failed: [] },
  ],
  [
    'SendMessageBatch with failures',
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: '0', MessageBody: 'a' },
        { Id: '1', MessageBody: 'b' },
      ],
    }),
    {
      Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '0' }],
      Failed: [{ Id: '1', Code: 'InternalError', Message: 'later', SenderFault: false }],
    },
  ],
  [
    'ReceiveMessage',
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 20,
      VisibilityTimeout: 30,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      MessageAttributeNames: ['redriven'],
    }),
    {
      Messages: [
        {
          MessageId: 'm',
          ReceiptHandle: 'r',
          MD5OfBody: '0',
          Body: '{"BinaryValue":"x"}',
          Attributes: { ApproximateReceiveCount: '2' },
          MessageAttributes: {
            redriven: { DataType: 'String', StringValue: 'yes' },
            bytes: { DataType: 'Binary', BinaryValue: 'AAEC' },
          },
        },
      ],
    },
  ],
  ['ReceiveMessage without messages', new ReceiveMessageCommand({ QueueUrl }), {}],
  [
    'DeleteMessageBatch',
    new DeleteMessageBatchCommand({ QueueUrl, Entries: [{ Id: '0', ReceiptHandle: 'r' }] }),
    { Successful: [{ Id: '0' }], Failed: [] },
  ],
] as const;

const FAILURES = [
  [400, 'com.amazonaws.sqs#RequestThrottled', 'slow down'],
  [400, 'com.amazon.coral.service#ExpiredTokenException', 'The security token included in the request is expired'],
  [403, 'com.amazon.coral.service#AccessDeniedException', 'no access'],
  [400, 'com.amazonaws.sqs#QueueDoesNotExist', 'no queue'],
  [500, 'com.amazonaws.sqs#InternalFailure', 'later'],
] as const;

interface Received {
  headers: IncomingHttpHeaders;
  path: string | undefined;
  body: string;
}

describe('sqsClient', () => {
  const received: Received[] = [];
  let answer: { status: number; body: string };
  let server: Server;

  beforeEach(async () => {
    received.length = 0;
    server = createServer((request, response) => {
      void text(request).then((body) => {
        received.push({ headers: request.headers, path: request.url, body });
        response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function client(calls: SqsCalls): SQSClient {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return sqsClient(BOUNDS, calls, { endpoint, region, credentials });
  }

  it.each(CALLS)('%s: both kinds send the same request and give the same result', async (_, command, body) => {
    answer = { status: 200, body: JSON.stringify(body) };
    const { $metadata: _ignored, ...ofSdk } = await client('sdk').send(command as never);
    const ofDirect = await client('direct').send(command as never);
    expect(ofDirect).toEqual(ofSdk);
    expect(received).toHaveLength(2);
    const [sdk, direct] = received as [Received, Received];
    expect(JSON.parse(direct.body)).toEqual(JSON.parse(sdk.body));
    expect(direct.path).toBe(sdk.path);
    for (const name of ['host', 'content-type', 'x-amz-target', 'x-amz-security-token']) {
      expect(direct.headers[name]).toBe(sdk.headers[name]);
    }
    expect(direct.headers.authorization).toBe(await signatureOf(direct));
  });

  it.each(FAILURES)('a call that fails with %i %s has the error of the SDK', async (status, __type, message) => {
    answer = { status, body: JSON.stringify({ __type, message }) };
    const [, command] = CALLS[0];
    const errorOf = (calls: SqsCalls) => client(calls).send(command).catch(facts);
    const expected = await errorOf('sdk');
    expect(expected).toMatchObject({ message, status });
    expect(await errorOf('direct')).toEqual(expected);
  });

  it('an aborted call ends at once with the error of the SDK, and is not made again', async () => {
    server.removeAllListeners('request');
    const arrived = once(server, 'request');
    const abort = new AbortController();
    const call = client('direct').send(CALLS[0][1], { abortSignal: abort.signal });
    await arrived;
    let repeated = 0;
    server.on('request', () => (repeated += 1));
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(repeated).toBe(0);
  });

  it('connections that the server closed fail no call', async () => {
    answer = { status: 200, body: '{}' };
    const direct = client('direct');
    await direct.send(CALLS[0][1]);
    server.closeAllConnections();
    expect(await direct.send(CALLS[0][1])).toBeDefined();
  });

  /** Signs the received request again. */
  async function signatureOf({ headers, body }: Received): Promise<string | undefined> {
    const signed = /SignedHeaders=([^,]+)/.exec(String(headers.authorization))?.[1]?.split(';') ?? [];
    const { sha256 } = client('sdk').config;
    const signer = new SignatureV4({ service: 'sqs', region, credentials, sha256, applyChecksum: false });
    const [, y, m, d, time] = /^(....)(..)(..)T(......)Z$/.exec(String(headers['x-amz-date'])) ?? [];
    const signingDate = new Date(`${y}-${m}-${d}T${time?.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`);
    const again = await signer.sign(
      {
        method: 'POST',
        protocol: 'http:',
        hostname: '127.0.0.1',
        path: '/',
        query: {},
        headers: Object.fromEntries(signed.map((name) => [name, String(headers[name])])),
        body,
      },
      { signingDate },
    );
    return again.headers['authorization'];
  }
});

function facts(error: Error & { $fault?: string; $metadata?: { httpStatusCode?: number } }): object {
  const { name, message, $fault, $metadata } = error;
  return { name, message, $fault, status: $metadata?.httpStatusCode };
}
