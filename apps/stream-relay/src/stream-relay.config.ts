import { IsIn, Matches } from 'class-validator';
import { HttpUrl, Name, Port, ReverseDnsName, ServiceConfig, WholeNumber } from '#libs/configuration';

/** The stream relay's environment. */
export class StreamRelayConfig extends ServiceConfig {
  @Port()
  RELAY_PORT = 3002;

  @Matches(/^arn:[^:]+:dynamodb:[^:]+:\d*:table\/[^/]+\/stream\/.+$/, {
    message: 'must be the ARN of a DynamoDB stream, arn:aws:dynamodb:{region}:{account}:table/{table}/stream/{label}',
  })
  ORDERS_STREAM_ARN!: string;

  @Name()
  LEASES_TABLE!: string;

  @Matches(/^arn:[^:]+:sns:[^:]+:\d*:[^:]+\.fifo$/, { message: 'must be the ARN of a FIFO topic' })
  ORDER_EVENTS_TOPIC_ARN!: string;

  /** URL of the FIFO queue for records that the topic refuses permanently. */
  @HttpUrl()
  @Matches(/\.fifo$/, { message: 'must be the URL of a FIFO queue' })
  RELAY_DLQ_URL!: string;

  /** Where a relay that never ran starts: with everything that the stream still has, or with changes from now on. */
  @IsIn(['TRIM_HORIZON', 'LATEST'])
  RELAY_START_AT: 'TRIM_HORIZON' | 'LATEST' = 'TRIM_HORIZON';

  /** With 1 the relay reads what a disabled stream still has; with 0 it refuses to start on one. */
  @WholeNumber(0, 1)
  RELAY_READ_DISABLED_STREAM = 0;

  /** Reverse-DNS prefix of the event types. */
  @ReverseDnsName()
  EVENT_TYPE_PREFIX = 'com.example.orders';

  /** CloudEvents source of the events. */
  @Name()
  EVENT_SOURCE = '/fargate-orders';

  /** The longest pause between two reads of an idle shard: an event may leave so much later. */
  @WholeNumber(1, 20)
  RELAY_IDLE_POLL_SECONDS = 1;

  /** A relay that does not renew its leases for this long loses its shards to another. */
  @WholeNumber(3, 300)
  RELAY_LEASE_SECONDS = 10;
}
