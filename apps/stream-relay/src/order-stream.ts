import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ConfigurationError } from '#libs/configuration';
import {
  DynamoDbChangeStream,
  DynamoDbGroupLedger,
  DynamoDbLeaseStore,
  SqsFifoDeadLetters,
  StreamConsumer,
  StreamConsumerError,
  type StreamConsumerErrorCode,
} from '#libs/dynamodb-streams';
import { RELAY_CONSUMER_GROUP } from '#libs/order-store';
import { awsClient, SQS_OPTIONS, type Telemetry } from '#libs/service';
import { measureStream, streamMetrics } from './stream-metrics.ts';
import { OrderEventsSink } from './order-events-sink.ts';
import type { StreamRelayConfig } from './stream-relay.config.ts';

const STREAM_CALLS = { requestTimeoutMs: 10_000, maxAttempts: 2, maxSockets: 32 };
/** The lease table has sockets of its own, so that a busy publisher cannot starve renewals. */
const LEASE_CALLS = { requestTimeoutMs: 800, maxAttempts: 2, maxSockets: 16 };

/** Those of a lease of 10 s: with a longer one, neither a publish may take longer nor may a freed shard wait longer. */
const LONGEST_PUBLISH_MARGIN_MS = 3_000;
const LONGEST_LEASE_SCAN_INTERVAL_MS = 2_000;

/** The variables behind each start error that waiting cannot fix. */
const variablesOf: Partial<Record<StreamConsumerErrorCode, string>> = {
  STREAM_NOT_FOUND: 'ORDERS_STREAM_ARN',
  STREAM_DISABLED: 'ORDERS_STREAM_ARN, RELAY_READ_DISABLED_STREAM',
  STREAM_REFUSED: 'ORDERS_STREAM_ARN',
  WRONG_STREAM: 'ORDERS_STREAM_ARN',
  LEASE_TABLE_NOT_FOUND: 'LEASES_TABLE',
  LEASE_TABLE_REFUSED: 'LEASES_TABLE',
};

/** Connects the stream of the orders table to the order events topic. */
export function createOrderStream(config: StreamRelayConfig, telemetry: Telemetry<'stream-relay'>): StreamConsumer {
  const { logger, metrics } = telemetry;
  const leaseDurationMs = config.RELAY_LEASE_SECONDS * 1_000;
  const publishMarginMs = Math.min(Math.round(0.3 * leaseDurationMs), LONGEST_PUBLISH_MARGIN_MS);
  // A publish must end before another relay may claim the lease; the consumer itself retries it.
  const callTimeoutMs = publishMarginMs - 200;
  const publishCalls = { requestTimeoutMs: callTimeoutMs, maxAttempts: 1, maxSockets: 16 };
  const streamArn = config.ORDERS_STREAM_ARN;
  const leaseTable = {
    client: awsClient(DynamoDBClient, LEASE_CALLS),
    tableName: config.LEASES_TABLE,
    group: RELAY_CONSUMER_GROUP,
    streamArn,
  };
  const topic = {
    client: awsClient(SNSClient, publishCalls),
    topicArn: config.ORDER_EVENTS_TOPIC_ARN,
    callTimeoutMs,
    origin: { typePrefix: config.EVENT_TYPE_PREFIX, source: config.EVENT_SOURCE },
  };
  const stream = new StreamConsumer(
    {
      stream: new DynamoDbChangeStream({
        client: awsClient(DynamoDBStreamsClient, STREAM_CALLS),
        streamArn,
        // An event describes the change between the two images.
        viewType: 'NEW_AND_OLD_IMAGES',
      }),
      leases: new DynamoDbLeaseStore(leaseTable),
      ledger: new DynamoDbGroupLedger(leaseTable),
      sink: new OrderEventsSink(topic, telemetry),
      deadLetters: new SqsFifoDeadLetters({
        client: awsClient(SQSClient, publishCalls, SQS_OPTIONS),
        queueUrl: config.RELAY_DLQ_URL,
        callTimeoutMs,
      }),
      log: (level, event, fields) => logger[level](fields, event),
      metrics: streamMetrics(metrics),
    },
    {
      consumerId: `${hostname()}-${randomUUID()}`,
      leaseDurationMs,
      renewIntervalMs: leaseDurationMs / 4,
      publishMarginMs,
      // Another relay finds the shards of a relay that stops after at most this.
      leaseScanIntervalMs: Math.min(leaseDurationMs / 5, LONGEST_LEASE_SCAN_INTERVAL_MS),
      polling: { busyPauseMs: 75, idlePauseMs: config.RELAY_IDLE_POLL_SECONDS * 1_000 },
      startAt: config.RELAY_START_AT,
      readDisabledStream: config.RELAY_READ_DISABLED_STREAM === 1,
    },
  );
  measureStream(stream, metrics);
  return stream;
}

/** @throws ConfigurationError that names the variable whose stream or table cannot be used */
export async function startOrderStream(stream: StreamConsumer): Promise<void> {
  try {
    await stream.start();
  } catch (error) {
    const variables = error instanceof StreamConsumerError ? variablesOf[error.code] : undefined;
    if (!(error instanceof StreamConsumerError) || variables === undefined) throw error;
    throw new ConfigurationError([`${variables}: ${error.message}`]);
  }
}
