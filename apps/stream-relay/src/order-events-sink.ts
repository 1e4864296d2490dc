import type { ChangeRecord, PublishPermit, Sink } from '#libs/dynamodb-streams';
import { errorFields, SnsFifoSink } from '#libs/dynamodb-streams';
import type { SNSClient } from '@aws-sdk/client-sns';
import { orderChangeOf } from '#libs/order-store';
import { type EventOrigin, eventMessageOf, type OrderChange, traceparentOf } from '#libs/orders';
import type { Telemetry, WorkSpan } from '#libs/service';
import { logFieldsOf } from './order-log-fields.ts';

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
  private readonly telemetry: Pick<Telemetry<'stream-relay'>, 'logger' | 'tracing'>;
  private readonly destination: string;
  /** A record is read once, however often its publish is tried. */
  private readonly changes = new WeakMap<ChangeRecord, { change: OrderChange | undefined }>();
  /** Of the last attempt. */
  private readonly spans = new WeakMap<ChangeRecord, WorkSpan>();

  constructor({ client, topicArn, callTimeoutMs, origin }: OrderEventsTopic, telemetry: OrderEventsSink['telemetry']) {
    this.telemetry = telemetry;
    this.destination = topicArn.split(':').at(-1) as string;
    this.topic = new SnsFifoSink({
      client,
      topicArn,
      callTimeoutMs,
      toMessage: (record) => {
        const change = this.changeOf(record);
        return change && eventMessageOf(change, origin, this.beginSend(record, change).traceparent);
      },
    });
  }

  async publish(record: ChangeRecord, permit: PublishPermit): Promise<void> {
    const sending = this.topic.publish(record, permit);
    // It began when the message was made, in this very call.
    const span = this.spans.get(record);
    try {
      await sending;
    } catch (error) {
      this.noteFailure(record, error);
      span?.fail(error);
      throw error;
    }
    span?.end();
    const change = this.changeOf(record);
    if (change) this.telemetry.logger.info(logFieldsOf(change), 'event_relayed');
    else this.telemetry.logger.debug({ eventName: record.eventName }, 'record_skipped');
  }

  /** The event continues the trace as the doing of the attempt that brings it. */
  private beginSend(record: ChangeRecord, change: OrderChange): WorkSpan {
    const { orderId, version, orderEvent } = logFieldsOf(change);
    const span = this.telemetry.tracing.begin(`send ${this.destination}`, {
      kind: 'producer',
      parent: traceparentOf(change),
      attributes: {
        'messaging.system': 'aws.sns',
        'messaging.operation.type': 'send',
        'messaging.operation.name': 'send',
        'messaging.destination.name': this.destination,
        'order.id': orderId,
        'order.version': version,
        'order.event': orderEvent,
      },
    });
    this.spans.set(record, span);
    return span;
  }

  /** By order and trace; the consumer's own `publish_failed` and `record_refused` know the sequence number alone. */
  private noteFailure(record: ChangeRecord, error: unknown): void {
    const change = this.changes.get(record)?.change;
    const fields = { ...(change && logFieldsOf(change)), sequenceNumber: record.sequenceNumber };
    this.telemetry.logger.warn({ ...fields, ...errorFields(error) }, 'event_not_relayed');
  }

  private changeOf(record: ChangeRecord): OrderChange | undefined {
    const known = this.changes.get(record);
    if (known) return known.change;
    const change = orderChangeOf(record);
    this.changes.set(record, { change });
    return change;
  }
}
