import { CreateTableCommand, type StreamViewType } from '@aws-sdk/client-dynamodb';
import { pino } from 'pino';
import { leaseTableDefinition } from '#libs/dynamodb-streams';
import { MetricRecorder } from '#libs/metrics';
import { noTracing } from '#libs/service';
import { startDynoxide } from '../../../libs/dynamodb-streams/src/testing/embedded-aws.ts';
import { createOrderStream, startOrderStream } from './order-stream.ts';
import { StreamRelayConfig } from './stream-relay.config.ts';

let dynoxide: Awaited<ReturnType<typeof startDynoxide>>;

beforeAll(async () => {
  dynoxide = await startDynoxide();
  const { endpoint } = dynoxide;
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoint,
  });
  await dynoxide.dynamodb.send(new CreateTableCommand(leaseTableDefinition('stream-leases')));
});

afterAll(() => dynoxide.stop());

/** Returns the ARN of the stream of a new table. */
async function aStream(tableName: string, view: StreamViewType): Promise<string> {
  const create = new CreateTableCommand({
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'orderId', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'orderId', KeyType: 'HASH' }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: view },
  });
  const { TableDescription } = await dynoxide.dynamodb.send(create);
  return TableDescription?.LatestStreamArn as string;
}

/** Returns the errors of the configuration that the start reports. */
async function errorsOf(streamArn: string, leasesTable: string): Promise<readonly string[]> {
  const config = Object.assign(new StreamRelayConfig(), {
    ORDERS_STREAM_ARN: streamArn,
    LEASES_TABLE: leasesTable,
    ORDER_EVENTS_TOPIC_ARN: 'arn:aws:sns:eu-central-1:000000000000:order-events.fifo',
    RELAY_DLQ_URL: 'http://127.0.0.1/000000000000/stream-relay-dlq.fifo',
  });
  const stream = createOrderStream(config, {
    logger: pino({ level: 'silent' }),
    metrics: new MetricRecorder('stream-relay'),
    tracing: noTracing,
  });
  try {
    await startOrderStream(stream);
    return [];
  } catch (error) {
    return (error as { errors: readonly string[] }).errors;
  } finally {
    await stream.stop();
  }
}

describe('startOrderStream', () => {
  it.each(['KEYS_ONLY', 'OLD_IMAGE', 'NEW_IMAGE'] as const)(
    'does not start on a stream whose view is %s, from which no events can be made',
    async (view) => {
      const rule = 'the stream must have the view type NEW_AND_OLD_IMAGES, it has';
      expect(await errorsOf(await aStream(`orders-${view}`, view), 'stream-leases')).toEqual([
        `ORDERS_STREAM_ARN: ${rule} ${view}: give the table a stream that has it`,
      ]);
    },
  );

  it('does not start on a stream that the table no longer has, or on a lease table with other keys', async () => {
    const streamArn = await aStream('orders', 'NEW_AND_OLD_IMAGES');
    expect(await errorsOf(streamArn.replace(/[^/]+$/, '2001-01-01T00:00:00.000'), 'stream-leases')).toEqual([
      expect.stringMatching(
        /^ORDERS_STREAM_ARN: the stream must have the label of its ARN, 2001-\S+, it has \S+: give/,
      ),
    ]);
    expect(await errorsOf(streamArn, 'orders')).toEqual([
      expect.stringMatching(/^LEASES_TABLE: the lease table "orders" must have the keys .* ValidationException: /),
    ]);
    await dynoxide.dynamodb.send(new CreateTableCommand(hashKeyOnly(leaseTableDefinition('no-range-key'))));
    expect(await errorsOf(streamArn, 'no-range-key')).toEqual([
      expect.stringMatching(/^LEASES_TABLE: the lease table "no-range-key" must have the keys /),
    ]);
    expect(await errorsOf(streamArn, 'stream-leases')).toEqual([]);
  });
});

function hashKeyOnly(definition: ReturnType<typeof leaseTableDefinition>) {
  const isHashKey = ({ AttributeName }: { AttributeName: string }) => AttributeName === 'consumerGroup';
  return {
    ...definition,
    AttributeDefinitions: definition.AttributeDefinitions.filter(isHashKey),
    KeySchema: definition.KeySchema.filter(isHashKey),
  };
}
