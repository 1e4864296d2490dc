import type { ChangeRecord, PublishPermit, Sink } from '#libs/dynamodb-streams';
import { SnsFifoSink } from '#libs/dynamodb-streams';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { EventOrigin } from '#libs/orders';
import type { Logger } from '#libs/service';
import { eventMessageOf, logFieldsOf, type OrderChange, orderChangeOf } from './order-change.ts';

export interface OrderEventsTopic {
  client: SNSClient;
  topicArn: string;
  origin: EventOrigin;
}

/** Publishes the event of each order change to the order events topic, and says so in the log. */
export class OrderEventsSink implements Sink {
  private readonly topic: SnsFifoSink;
  private readonly logger: Logger;
  /** A record is read once, however often its publish is tried. */
  private readonly changes = new WeakMap<ChangeRecord, { change: OrderChange | undefined }>();

  constructor({ client, topicArn, origin }: OrderEventsTopic, logger: Logger) {
    this.logger = logger;
    this.topic = new SnsFifoSink({
      client,
      topicArn,
      toMessage: (record) => {
        const change = this.changeOf(record);
        return change && eventMessageOf(change, origin);
      },
    });
  }

  async publish(record: ChangeRecord, permit: PublishPermit): Promise<void> {
    await this.topic.publish(record, permit);
    const change = this.changeOf(record);
    if (change) this.logger.info(logFieldsOf(change), 'event_relayed');
    else this.logger.debug({ eventName: record.eventName }, 'record_skipped');
  }

  private changeOf(record: ChangeRecord): OrderChange | undefined {
    const known = this.changes.get(record);
    if (known) return known.change;
    const change = orderChangeOf(record);
    this.changes.set(record, { change });
    return change;
  }
}
