import type { ChangeRecord, PublishPermit, Sink } from '#libs/dynamodb-streams';
import { errorFields, SnsFifoSink } from '#libs/dynamodb-streams';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { EventOrigin } from '#libs/orders';
import type { Logger } from '#libs/service';
import { eventMessageOf, logFieldsOf, type OrderChange, orderChangeOf } from './order-change.ts';

export interface OrderEventsTopic {
  client: SNSClient;
  topicArn: string;
  /** Longest a PublishBatch call may take, in milliseconds. */
  callTimeoutMs: number;
  origin: EventOrigin;
}

/** Publishes the event of each order change to the order events topic, and says so in the log. */
export class OrderEventsSink implements Sink {
  private readonly topic: SnsFifoSink;
  private readonly logger: Logger;
  /** A record is read once, however often its publish is tried. */
  private readonly changes = new WeakMap<ChangeRecord, { change: OrderChange | undefined }>();

  constructor({ client, topicArn, callTimeoutMs, origin }: OrderEventsTopic, logger: Logger) {
    this.logger = logger;
    this.topic = new SnsFifoSink({
      client,
      topicArn,
      callTimeoutMs,
      toMessage: (record) => {
        const change = this.changeOf(record);
        return change && eventMessageOf(change, origin);
      },
    });
  }

  async publish(record: ChangeRecord, permit: PublishPermit): Promise<void> {
    try {
      await this.topic.publish(record, permit);
    } catch (error) {
      this.noteFailure(record, error);
      throw error;
    }
    const change = this.changeOf(record);
    if (change) this.logger.info(logFieldsOf(change), 'event_relayed');
    else this.logger.debug({ eventName: record.eventName }, 'record_skipped');
  }

  /** By order and trace; the consumer's own `publish_failed` and `record_refused` know the sequence number alone. */
  private noteFailure(record: ChangeRecord, error: unknown): void {
    const change = this.changes.get(record)?.change;
    const fields = { ...(change && logFieldsOf(change)), sequenceNumber: record.sequenceNumber };
    this.logger.warn({ ...fields, ...errorFields(error) }, 'event_not_relayed');
  }

  private changeOf(record: ChangeRecord): OrderChange | undefined {
    const known = this.changes.get(record);
    if (known) return known.change;
    const change = orderChangeOf(record);
    this.changes.set(record, { change });
    return change;
  }
}
