import type { SNSClient } from '@aws-sdk/client-sns';
import type { ChangeRecord, PublishPermit, Sink } from '#libs/dynamodb-streams';
import { errorFields, makeOrRefuse, SnsFifoTopic } from '#libs/dynamodb-streams';
import { orderChangeOf } from '#libs/order-store';
import { type EventOrigin, eventMessageOf, type OrderVersion, recordedEntryOf, traceparentOf } from '#libs/orders';
import { type Telemetry, traceIdOf, type WorkSpan } from '#libs/service';

export interface OrderEventsSinkOptions {
  client: SNSClient;
  topicArn: string;
  /** The longest time that a PublishBatch call may take, in milliseconds. */
  callTimeoutMs: number;
  origin: EventOrigin;
}

/** Publishes the event of each order change to the order events topic, and logs it. */
export class OrderEventsSink implements Sink {
  private readonly topic: SnsFifoTopic;
  private readonly telemetry: Pick<Telemetry<'stream-relay'>, 'logger' | 'tracing'>;
  private readonly destination: string;
  private readonly origin: EventOrigin;

  constructor({ origin, ...topic }: OrderEventsSinkOptions, telemetry: OrderEventsSink['telemetry']) {
    this.topic = new SnsFifoTopic(topic);
    this.telemetry = telemetry;
    this.destination = topic.topicArn.split(':').at(-1) as string;
    this.origin = origin;
  }

  async publish(record: ChangeRecord, permit: PublishPermit): Promise<void> {
    const { logger } = this.telemetry;
    let change: OrderVersion | undefined;
    try {
      change = makeOrRefuse(record, orderChangeOf);
      if (change) await this.send(change, record, permit);
    } catch (error) {
      // The consumer's own `publish_failed` and `record_refused` contain only the sequence number.
      const fields = { ...(change && logFieldsOf(change)), sequenceNumber: record.sequenceNumber };
      logger.warn({ ...fields, ...errorFields(error) }, 'event_not_relayed');
      throw error;
    }
    if (change) logger.info(logFieldsOf(change), 'event_relayed');
    else logger.debug({ eventName: record.eventName }, 'record_skipped');
  }

  /** Makes one attempt. The event carries the trace context of the attempt's span. */
  private async send(change: OrderVersion, record: ChangeRecord, permit: PublishPermit): Promise<void> {
    const span = this.beginSpan(change);
    try {
      const message = makeOrRefuse(record, () => eventMessageOf(change, this.origin, span.traceparent));
      await this.topic.publish(message, permit);
    } catch (error) {
      span.fail(error);
      throw error;
    }
    span.end();
  }

  private beginSpan(change: OrderVersion): WorkSpan {
    const { orderId, version, orderEvent } = logFieldsOf(change);
    return this.telemetry.tracing.begin(`send ${this.destination}`, {
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
  }
}

/** Returns the log fields of a change, even of one without a history. */
function logFieldsOf(change: OrderVersion) {
  const { orderId, version } = change.order;
  const { event } = recordedEntryOf(change);
  return { orderId, version, orderEvent: event, traceId: traceIdOf(traceparentOf(change)) };
}
