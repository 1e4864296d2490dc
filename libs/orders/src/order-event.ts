import type { HistoryEntry, Order, StoredOrder } from './order.ts';
import { publicOrder } from './public-order.ts';
import type { OrderEventName, OrderStatus } from './order-lifecycle.ts';

/** The `$id` of the JSON Schema of the envelope of every event. */
export const ORDER_EVENT_SCHEMA_ID = 'urn:fargate-orders:schema:order-event.v1';

/** The `$id` of the JSON Schema of an event's data. */
export function orderEventSchemaId(event: OrderEventName): string {
  return `urn:fargate-orders:schema:order.${event}.v1`;
}

/** What identifies a deployment in its events. */
export interface EventOrigin {
  /** Reverse-DNS prefix of the event types, e.g. `com.example.orders`. */
  typePrefix: string;
  /** CloudEvents `source`, a URI reference. */
  source: string;
}

/** The data of an event: the whole order without payment details, and the status it had before. */
export interface OrderEventData {
  order: Omit<Order, 'payment'>;
  previousStatus: OrderStatus | null;
}

/** A CloudEvents 1.0 event in structured JSON. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface OrderEvent {
  specversion: '1.0';
  /** `{orderId}:{version}`: the same event always has the same id. */
  id: string;
  type: string;
  source: string;
  /** The order id. */
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  dataschema: string;
  /** The order's version, padded with zeros: a subscriber applies an event only if this exceeds the last one it applied. */
  sequence: string;
  /** The order id: events of one key are delivered in order. */
  partitionkey: string;
  traceparent: string;
  /** Only in a replayed event: the id of the replay. */
  replay?: string;
  data: OrderEventData;
}

/** Width of `sequence`: ten digits, as the CloudEvents sequence extension compares text. */
const SEQUENCE_WIDTH = 10;

/** The event of the order's last change. */
export function orderEvent(
  order: StoredOrder,
  previous: Pick<StoredOrder, 'status'> | undefined,
  origin: EventOrigin,
): OrderEvent {
  const { event, at, traceparent } = lastChange(order);
  const { payment: _payment, ...published } = publicOrder(order);
  return {
    specversion: '1.0',
    id: orderEventId(order),
    type: `${origin.typePrefix}.order.${event}.v1`,
    source: origin.source,
    subject: order.orderId,
    time: at,
    datacontenttype: 'application/json',
    dataschema: orderEventSchemaId(event),
    sequence: String(order.version).padStart(SEQUENCE_WIDTH, '0'),
    partitionkey: order.orderId,
    traceparent,
    data: { order: published, previousStatus: (event !== 'imported' && previous?.status) || null },
  };
}

/** The id of the event of the order's last change. */
export function orderEventId({ orderId, version }: Pick<StoredOrder, 'orderId' | 'version'>): string {
  return `${orderId}:${version}`;
}

/** The history entry of the order's present version. */
export function lastChange({ history }: StoredOrder): HistoryEntry {
  return history[history.length - 1] as HistoryEntry;
}
