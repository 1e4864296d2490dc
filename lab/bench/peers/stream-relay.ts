import 'reflect-metadata';
import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  type _Record as StreamRecord,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { orderEvent, type StoredOrder } from '#libs/orders';

/*
 * A typical relay: it reads the stream, and for each record calls Publish, then UpdateItem with a checkpoint, one after the
 * other, so that an order's events stay in order. It has no leases, log or metrics.
 */

const StreamArn = process.env['ORDERS_STREAM_ARN'];
const origin = { typePrefix: 'com.example.orders', source: '/orders' };

const streams = new DynamoDBStreamsClient();
const dynamodb = new DynamoDBClient();
const sns = new SNSClient();

async function publish({ dynamodb: change }: StreamRecord): Promise<void> {
  if (!change?.NewImage) return;
  const order = unmarshall(change.NewImage) as StoredOrder;
  const previous = change.OldImage && (unmarshall(change.OldImage) as StoredOrder);
  const event = orderEvent(order, previous, origin);
  await sns.send(
    new PublishCommand({
      TopicArn: process.env['ORDER_EVENTS_TOPIC_ARN'],
      Message: JSON.stringify(event),
      MessageGroupId: order.orderId,
      MessageDeduplicationId: event.id,
      MessageAttributes: {
        eventType: { DataType: 'String', StringValue: event.type },
        channel: { DataType: 'String', StringValue: order.channel },
      },
    }),
  );
}

async function checkpoint(shardId: string, sequenceNumber: string): Promise<void> {
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: 'checkpoints',
      Key: { shardId: { S: shardId } },
      UpdateExpression: 'SET sequenceNumber = :sequenceNumber',
      ExpressionAttributeValues: { ':sequenceNumber': { S: sequenceNumber } },
    }),
  );
}

async function follow(ShardId: string): Promise<void> {
  const first = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
  let { ShardIterator } = await streams.send(new GetShardIteratorCommand(first));
  while (ShardIterator) {
    const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    for (const record of Records) {
      await publish(record);
      await checkpoint(ShardId, record.dynamodb?.SequenceNumber ?? '');
    }
    if (Records.length === 0) await wait(1_000);
    ShardIterator = NextShardIterator;
  }
}

process.once('SIGTERM', () => process.exit(0));
const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
await Promise.all((StreamDescription?.Shards ?? []).map(({ ShardId = '' }) => follow(ShardId)));
