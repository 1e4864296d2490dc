import { setTimeout as wait } from 'node:timers/promises';
import { CreateTableCommand, DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SNSClient } from '@aws-sdk/client-sns';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import type { Sink } from '../sink.ts';
import { StreamConsumer } from '../stream-consumer.ts';
import { startDynoxide } from '../testing/embedded-aws.ts';
import { DynamoDbChangeStream } from './dynamodb-change-stream.ts';
import { DynamoDbGroupLedger } from './dynamodb-group-ledger.ts';
import { DynamoDbLeaseStore } from './dynamodb-lease-store.ts';
import { leaseTableDefinition } from './lease-table.ts';
import { SnsFifoTopic } from './sns-fifo-topic.ts';

let dynoxide: Awaited<ReturnType<typeof startDynoxide>>;
let fauxqs: FauxqsServer;
let sns: SNSClient;
let sqs: SQSClient;
let topicArn: string;
let queueUrl: string;

beforeAll(async () => {
  dynoxide = await startDynoxide();
  fauxqs = await startFauxqs({ port: 0, logger: false });
  sns = new SNSClient({ ...shared(), maxAttempts: 1 });
  sqs = new SQSClient(shared());
  ({ topicArn } = fauxqs.createTopic('events.fifo', { attributes: { FifoTopic: 'true' } }));
  ({ queueUrl } = fauxqs.createQueue('events.fifo', { attributes: { FifoQueue: 'true' } }));
  fauxqs.subscribe({ topic: 'events.fifo', queue: 'events.fifo', attributes: { RawMessageDelivery: 'true' } });
  await dynoxide.dynamodb.send(new CreateTableCommand(leaseTableDefinition('stream-leases')));
});

afterAll(async () => {
  sns.destroy();
  sqs.destroy();
  await Promise.all([dynoxide.stop(), fauxqs.stop()]);
});

function shared() {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return { endpoint: fauxqs.address, region: 'us-east-1', credentials };
}

async function aTableWithStream(tableName: string): Promise<string> {
  const { TableDescription } = await dynoxide.dynamodb.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  return TableDescription?.LatestStreamArn as string;
}

async function putVersion(tableName: string, id: string, version: number): Promise<void> {
  await dynoxide.dynamodb.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: { id: { S: id } },
      UpdateExpression: 'SET version = :version',
      ExpressionAttributeValues: { ':version': { N: String(version) } },
    }),
  );
}

/** Publishes a message for each change, none for a deletion. */
function aSink(): Sink {
  const topic = new SnsFifoTopic({ client: sns, topicArn, callTimeoutMs: 800 });
  return {
    publish: async ({ keys, newImage }, permit) => {
      const body = `${keys.id?.S}:${newImage?.version?.N}`;
      const message = { groupId: keys.id?.S ?? '', deduplicationId: body, body, attributes: { kind: 'change' } };
      if (newImage) await topic.publish(message, permit);
    },
  };
}

function aConsumer(streamArn: string, consumerId: string, client = dynoxide.streams): StreamConsumer {
  const table = { client: dynoxide.dynamodb, tableName: 'stream-leases', group: 'g', streamArn };
  return new StreamConsumer(
    {
      stream: new DynamoDbChangeStream({ client, streamArn }),
      leases: new DynamoDbLeaseStore(table),
      ledger: new DynamoDbGroupLedger(table),
      sink: aSink(),
    },
    { consumerId, leaseDurationMs: 3_000, renewIntervalMs: 500, publishMarginMs: 1_000, leaseScanIntervalMs: 300 },
  );
}

/** Receives messages until there are `count`, or 10 s have passed. */
async function received(count: number): Promise<string[]> {
  const bodies: string[] = [];
  for (const endMs = Date.now() + 10_000; bodies.length < count && Date.now() < endMs;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    bodies.push(...Messages.map((message) => message.Body as string));
    const Entries = Messages.map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle }));
    if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
  return bodies;
}

/** Waits until every record that was read is published, and returns the shards. */
async function untilIdle(consumer: StreamConsumer) {
  for (;;) {
    const { shards } = consumer.status();
    if (shards.every(({ bufferedRecords }) => bufferedRecords === 0)) return shards;
    await wait(10);
  }
}

describe('table stream to FIFO queue', () => {
  it('publishes every change in the order of its item, and continues after a restart', async () => {
    const streamArn = await aTableWithStream('orders');
    const items = ['a', 'b', 'c', 'd', 'e'];
    const first = aConsumer(streamArn, 'first');
    await first.start();
    for (let version = 1; version <= 8; version += 1) {
      for (const id of items) await putVersion('orders', id, version);
    }
    const before = await received(40);
    await first.stop();

    for (const id of items) await putVersion('orders', id, 9);
    await dynoxide.dynamodb.send(new DeleteItemCommand({ TableName: 'orders', Key: { id: { S: 'a' } } }));
    const second = aConsumer(streamArn, 'second');
    await second.start();
    const after = await received(5);
    const [shard] = await untilIdle(second);
    await second.stop();

    const all = [...before, ...after];
    for (const id of items) {
      expect(all.filter((body) => body.startsWith(id))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `${id}:${n}`));
    }
    expect(shard).toMatchObject({ isOwn: true, owner: 'second', state: 'READING', bufferedRecords: 0 });
  }, 30_000);

  it('refuses permanently only the message that SNS does not accept', async () => {
    const topic = new SnsFifoTopic({ client: sns, topicArn });
    const publish = (id: string) =>
      topic.publish(
        { groupId: id, deduplicationId: id, body: id === 'large' ? 'x'.repeat(300_000) : id },
        { granted: () => id !== 'not ours' },
      );
    const outcomes = await Promise.allSettled(['f', 'large', 'g', 'not ours', 'h'].map(publish));

    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'PUBLISH_REFUSED', retryable: false } });
    expect(outcomes[3]).toMatchObject({ reason: { code: 'LEASE_LOST' } });
    expect((await received(3)).sort()).toEqual(['f', 'g', 'h']);
  }, 30_000);

  it('finds the one bad message when SNS refuses a whole call', async () => {
    const strict = new SNSClient({ ...shared(), maxAttempts: 1 });
    // fauxqs answers entry by entry; AWS refuses some faults with the whole call.
    strict.middlewareStack.add((next) => (args) => {
      if (!JSON.stringify(args.input).includes('"bad"')) return next(args);
      throw Object.assign(new Error('Invalid parameter'), { name: 'InvalidParameterException' });
    });
    const topic = new SnsFifoTopic({ client: strict, topicArn });
    const publish = (id: string) =>
      topic.publish({ groupId: id, deduplicationId: id, body: id }, { granted: () => true });
    const outcomes = await Promise.allSettled(['p', 'q', 'bad', 'r'].map(publish));
    strict.destroy();

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[2]).toMatchObject({ reason: { code: 'PUBLISH_REFUSED' } });
    expect((await received(3)).sort()).toEqual(['p', 'q', 'r']);
  }, 30_000);

  it('rejects the start when the stream does not exist, or is another one', async () => {
    const streamArn = await aTableWithStream('other');
    const missing = streamArn.replace('/other/', '/nowhere/');
    await expect(aConsumer(missing, 'one').start()).rejects.toMatchObject({ code: 'STREAM_NOT_FOUND' });
    const stale = streamArn.replace(/[^/]+$/, '2001-01-01T00:00:00.000');
    await expect(aConsumer(stale, 'one').start()).rejects.toMatchObject({
      code: 'WRONG_STREAM',
      message: expect.stringContaining('must have the label of its ARN, 2001-01-01T00:00:00.000, it has '),
    });
  });

  it.each(['AccessDeniedException', 'UnrecognizedClientException', 'ValidationException'])(
    'rejects the start when DescribeStream fails with %s',
    async (name) => {
      const client = new DynamoDBStreamsClient({ region: 'eu-central-1' });
      client.middlewareStack.add(() => () => Promise.reject(Object.assign(new Error('not so'), { name })));
      const streamArn = await aTableWithStream(`refused-${name}`);
      await expect(aConsumer(streamArn, 'one', client).start()).rejects.toMatchObject({
        code: 'STREAM_REFUSED',
        message: `DescribeStream must be allowed and valid for ${streamArn}, got ${name}: not so`,
      });
    },
  );
});
