import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import type { DeadLetter } from '../dead-letters.ts';
import { readDeadLetter } from './dead-letter-body.ts';
import { SqsFifoDeadLetters } from './sqs-fifo-dead-letters.ts';

let server: FauxqsServer;
let client: SQSClient;
let queueUrl: string;

beforeAll(async () => {
  server = await startFauxqs({ port: 0, logger: false });
  client = aClient({ endpoint: server.address });
  const Attributes = { FifoQueue: 'true' };
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'dead.fifo', Attributes }));
  queueUrl = QueueUrl ?? '';
});

afterAll(async () => {
  client.destroy();
  await server.stop();
});

function aClient(config: SQSClientConfig): SQSClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SQSClient({ region: 'us-east-1', credentials, maxAttempts: 1, useQueueUrlAsEndpoint: false, ...config });
}

function aDeadLetter(sequenceNumber: string, changes: Partial<DeadLetter['record']> = {}): DeadLetter {
  const keys = { id: { S: 'ä' } };
  const record = { sequenceNumber, eventId: `e${sequenceNumber}`, eventName: 'MODIFY' as const, itemKey: 'ä', keys };
  return { code: 'SINK_REFUSED', detail: 'too large', shardId: 'A', record: { ...record, ...changes } };
}

/** Receives the dead letters. The emulator returns one message of a group at a time. */
async function received(): Promise<Message[]> {
  const deadLetters: Message[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return deadLetters;
    deadLetters.push(...Messages);
    for (const { ReceiptHandle } of Messages) {
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
}

describe('SqsFifoDeadLetters', () => {
  it('keeps the whole record, binary too, once and in order', async () => {
    const deadLetters = new SqsFifoDeadLetters({ client, queueUrl });
    const newImage = {
      data: { B: new Uint8Array([0, 255]) },
      set: { BS: [new Uint8Array([1])] },
      B: { S: '\u{1F9FD}' },
    };
    const first = aDeadLetter('1', { newImage, approximateCreationTime: new Date(1_000) });
    for (const deadLetter of [first, first, aDeadLetter('2')]) await deadLetters.send(deadLetter);

    const messages = await received();
    expect(messages.map(({ Body }) => readDeadLetter(Body ?? ''))).toEqual([
      { ...first, imagesLeftOut: false },
      { ...aDeadLetter('2'), imagesLeftOut: false },
    ]);
    expect(messages[0]?.MessageAttributes).toMatchObject({
      code: { StringValue: 'SINK_REFUSED' },
      detail: { StringValue: 'too large' },
    });
    expect(messages[0]?.Body).toMatch(/^[\x20-\x7e]*$/);
  });

  it('adds the detail as an attribute of at most 256 characters, without those that SQS refuses', async () => {
    const deadLetters = new SqsFifoDeadLetters({ client, queueUrl });
    const detail = `too\u0000large\u{ffff} ${'x'.repeat(500)}`;
    await deadLetters.send({ ...aDeadLetter('3'), detail });
    const [message] = await received();
    expect(message?.MessageAttributes?.['detail']?.StringValue).toBe(`too?large? ${'x'.repeat(245)}`);
    expect(readDeadLetter(message?.Body ?? '').detail).toBe(detail);
  });

  it('omits the images of a record that is too large for SQS', async () => {
    const deadLetters = new SqsFifoDeadLetters({ client, queueUrl });
    const image = { text: { S: '\u{1F9FD}'.repeat(50_000) } };
    await deadLetters.send(aDeadLetter('4', { newImage: image, oldImage: image }));
    await deadLetters.send(aDeadLetter('5', { newImage: image }));
    const bodies = (await received()).map(({ Body }) => readDeadLetter(Body ?? ''));
    expect(bodies).toEqual([
      { ...aDeadLetter('4'), imagesLeftOut: true },
      { ...aDeadLetter('5', { newImage: image }), imagesLeftOut: false },
    ]);
  });

  it.each([
    ['the queue does not answer', {}],
    ['the credentials do not come', { credentials: () => new Promise<never>(() => undefined) }],
  ])('ends a call after its timeout when %s', async (_what, config) => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const own = aClient({ endpoint, ...config });
    const deadLetters = new SqsFifoDeadLetters({ client: own, queueUrl, callTimeoutMs: 200 });
    await expect(deadLetters.send(aDeadLetter('6'))).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    own.destroy();
    silent.closeAllConnections();
    silent.close();
  });

  it('refuses a queue that is not FIFO, and an invalid timeout', () => {
    expect(() => new SqsFifoDeadLetters({ client, queueUrl: 'http://sqs/dead' })).toThrow(
      'queueUrl must end with .fifo, got http://sqs/dead',
    );
    expect(() => new SqsFifoDeadLetters({ client, queueUrl, callTimeoutMs: 0 })).toThrow(
      'callTimeoutMs must be a whole number above 0, got 0',
    );
  });
});
