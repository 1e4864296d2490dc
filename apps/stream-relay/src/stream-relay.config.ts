import { Matches } from 'class-validator';
import { Name, Port, ServiceConfig, WholeNumber } from '#libs/service';

/** The stream relay's environment. */
export class StreamRelayConfig extends ServiceConfig {
  @Port()
  RELAY_PORT = 3002;

  @Matches(/^arn:[^:]+:dynamodb:[^:]+:\d*:table\/[^/]+\/stream\/.+$/, {
    message: 'must be the ARN of a DynamoDB stream',
  })
  ORDERS_STREAM_ARN: string;

  @Name()
  LEASES_TABLE: string;

  @Matches(/^arn:[^:]+:sns:[^:]+:\d*:[^:]+\.fifo$/, { message: 'must be the ARN of a FIFO topic' })
  ORDER_EVENTS_TOPIC_ARN: string;

  /** Reverse-DNS prefix of the event types. */
  @Matches(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, { message: 'must be a reverse-DNS name in lower case' })
  EVENT_TYPE_PREFIX = 'com.example.orders';

  /** CloudEvents source of the events. */
  @Name()
  EVENT_SOURCE = '/fargate-orders';

  /** A relay that is gone for this long loses its shards to another. */
  @WholeNumber(3, 300)
  RELAY_LEASE_SECONDS = 10;
}
