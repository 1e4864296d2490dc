import { DescribeTableCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  paginateListSubscriptionsByTopic,
  PublishCommand,
} from '@aws-sdk/client-sns';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { eventConsumerNames } from '#libs/resources';
import { defaultPorts, type Ports } from '../ports.ts';
import { freePorts, takenPorts } from '../taken-ports.ts';
import { awsClients, type AwsClients } from './aws-clients.ts';
import { createResources } from './create-resources.ts';
import { startLocalAws, type LocalAws } from './local-aws.ts';

const START_TIMEOUT_MS = 20_000;

let ports: Ports;
let aws: LocalAws;
let clients: AwsClients;

beforeAll(async () => {
  const [AWS_PORT, DYNAMODB_PORT] = (await freePorts(2)) as [number, number];
  ports = { ...defaultPorts, AWS_PORT, DYNAMODB_PORT };
  aws = await startLocalAws({ ports });
  clients = awsClients(aws.env);
}, START_TIMEOUT_MS);

afterAll(async () => {
  clients.destroy();
  await aws.stop();
  expect(await takenPorts(ports, ['AWS_PORT', 'DYNAMODB_PORT'])).toEqual([]);
});

async function queueAttributes(QueueUrl: string) {
  const { Attributes } = await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  return Attributes!;
}

/** The emulator's event loop has handled all earlier events of other connections once it has answered a few requests. */
async function emulatorHasSeenAllSoFar(): Promise<void> {
  for (let i = 0; i < 3; i++) await queueAttributes(aws.resources.ordersQueueUrl);
}

describe('startLocalAws', () => {
  it('creates the same resources again without an error', async () => {
    expect(await createResources(clients)).toEqual(aws.resources);
  });

  it('answers queue URLs at the address that the client has called, as a plain client of the SDK needs them', async () => {
    const at = (host: string) => `http://${host}:${ports.AWS_PORT}`;
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    for (const endpoint of ['127.0.0.1', 'localhost'].map(at)) {
      const plain = new SQSClient({ endpoint, region: 'eu-west-1', credentials });
      const { QueueUrl } = await plain.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
      expect(QueueUrl).toBe(`${endpoint}/000000000000/orders`);
      await plain.send(new SendMessageCommand({ QueueUrl, MessageBody: endpoint }));
      const { Messages = [] } = await plain.send(new ReceiveMessageCommand({ QueueUrl }));
      expect(Messages.map(({ Body }) => Body)).toEqual([endpoint]);
      await plain.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }));
      expect((await plain.send(new ListQueuesCommand())).QueueUrls).toContain(QueueUrl);
      plain.destroy();
    }
    expect(aws.resources.ordersQueueUrl).toBe(`${at('127.0.0.1')}/000000000000/orders`);
  });

  it('creates the queue of commands as defined', async () => {
    const { QueueArn: deadLetterTargetArn } = await queueAttributes(aws.resources.ordersDeadLetterQueueUrl);
    const attributes = await queueAttributes(aws.resources.ordersQueueUrl);
    expect(attributes).toMatchObject({ VisibilityTimeout: '30', MessageRetentionPeriod: '1209600' });
    expect(JSON.parse(attributes['RedrivePolicy']!)).toEqual({ deadLetterTargetArn, maxReceiveCount: 1_000 });
  });

  it("creates the relay's dead-letter queue as a FIFO queue that keeps its messages for 14 days", async () => {
    const attributes = await queueAttributes(aws.resources.relayDeadLetterQueueUrl);
    expect(attributes).toMatchObject({ FifoQueue: 'true', MessageRetentionPeriod: '1209600' });
    expect(attributes).not.toHaveProperty('RedrivePolicy');
  });

  it.each(eventConsumerNames)(
    'creates the queue of %s for high throughput, with its dead-letter queue',
    async (name) => {
      const { QueueArn: deadLetterTargetArn } = await queueAttributes(aws.resources.consumerDeadLetterQueueUrls[name]);
      const attributes = await queueAttributes(aws.resources.consumerQueueUrls[name]);
      expect(attributes).toMatchObject({
        FifoQueue: 'true',
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
      });
      // merchant-webhooks counts its own attempts.
      const maxReceiveCount = name === 'merchant-webhooks' ? 1_000 : 5;
      expect(JSON.parse(attributes['RedrivePolicy']!)).toEqual({ deadLetterTargetArn, maxReceiveCount });
    },
  );

  it('creates the topic as defined, with one raw subscription for each service', async () => {
    const TopicArn = aws.resources.orderEventsTopicArn;
    const { Attributes } = await clients.sns.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes).toMatchObject({ ContentBasedDeduplication: 'false', FifoThroughputScope: 'MessageGroup' });
    const raw: (string | undefined)[] = [];
    for await (const page of paginateListSubscriptionsByTopic({ client: clients.sns }, { TopicArn })) {
      for (const { SubscriptionArn } of page.Subscriptions ?? []) {
        const found = await clients.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
        raw.push(found.Attributes?.['RawMessageDelivery']);
      }
    }
    expect(raw).toEqual(eventConsumerNames.map(() => 'true'));
  });

  it('creates the tables as defined', async () => {
    const describeTable = async (TableName: string) =>
      (await clients.dynamodb.send(new DescribeTableCommand({ TableName }))).Table;
    const { resources } = aws;
    expect(await describeTable(resources.ordersTableName)).toMatchObject({
      KeySchema: [{ AttributeName: 'orderKey', KeyType: 'HASH' }],
      LatestStreamArn: resources.ordersStreamArn,
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      GlobalSecondaryIndexes: [
        ['customer-orders', 'customerId', 'placedAt', ['orderId', 'status', 'channel', 'currency', 'total', 'version']],
        ['work', 'work', 'updatedAt', expect.arrayContaining(['customerId', 'purchaseOrderNumber', 'openReturns'])],
        ['purchase-orders', 'purchaseOrderKey', 'placedAt', ['orderId']],
        ['payments', 'paymentKey', 'placedAt', ['orderId']],
      ].map(([IndexName, AttributeName, range, NonKeyAttributes]) => ({
        IndexName,
        KeySchema: [
          { AttributeName, KeyType: 'HASH' },
          { AttributeName: range, KeyType: 'RANGE' },
        ],
        Projection: {
          ProjectionType: 'INCLUDE',
          NonKeyAttributes,
        },
      })),
    });
    const timeToLive = new DescribeTimeToLiveCommand({ TableName: resources.commandOutcomesTableName });
    expect((await clients.dynamodb.send(timeToLive)).TimeToLiveDescription).toEqual({
      TimeToLiveStatus: 'ENABLED',
      AttributeName: 'expiresAt',
    });
    expect(await describeTable(resources.leasesTableName)).toMatchObject({
      KeySchema: [
        { AttributeName: 'consumerGroup', KeyType: 'HASH' },
        { AttributeName: 'shardId', KeyType: 'RANGE' },
      ],
    });
  });

  it.each(eventConsumerNames)('delivers an event to %s as it was published', async (name) => {
    const { orderEventsTopicArn: TopicArn, consumerQueueUrls } = aws.resources;
    const event = { TopicArn, Message: '{"a":1}', MessageGroupId: 'o-1', MessageDeduplicationId: 'o-1:1' };
    await clients.sns.send(new PublishCommand(event));
    const { Messages } = await clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: consumerQueueUrls[name], WaitTimeSeconds: 5 }),
    );
    expect(Messages?.map(({ Body }) => Body)).toEqual(['{"a":1}']);
  });

  it('delivers a message to the next receiver when the waiting one is gone', async () => {
    const QueueUrl = aws.resources.ordersQueueUrl;
    const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 });
    const gone = awsClients(aws.env);
    const abort = new AbortController();
    const abandoned = gone.sqs.send(receive, { abortSignal: abort.signal });
    await emulatorHasSeenAllSoFar();
    abort.abort();
    await expect(abandoned).rejects.toThrow('aborted');
    await emulatorHasSeenAllSoFar();

    await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'order' }));
    const { Messages } = await clients.sqs.send(receive);

    expect(Messages?.map(({ Body }) => Body)).toEqual(['order']);
    gone.destroy();
  });
});
