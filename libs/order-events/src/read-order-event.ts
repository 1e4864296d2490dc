import type { OrderEvent } from './order-event.ts';
import type { OrderEventName, ReceivedOrderEvent } from './received-order-event.ts';
import { STATUSES_AFTER } from './statuses-after.ts';

export type OrderEventErrorCode =
  /** The body is not an order event: not JSON, a field is missing or wrong, or two fields contradict each other. */
  | 'MALFORMED_EVENT'
  /** A valid CloudEvent whose name or version this library does not know. A newer library may know it. */
  | 'UNKNOWN_EVENT';

/** The error of this library. The message names what was expected and what was received; retrying does not help. */
export class OrderEventError extends Error {
  override name = 'OrderEventError';
  readonly code: OrderEventErrorCode;

  constructor(code: OrderEventErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Prefix of the deployment, name of the event, version. */
export const TYPE = /^[a-z0-9.-]+\.order\.([a-z_]+)\.v([1-9][0-9]*)$/;
const ORDER_ID = '[0-9A-HJKMNP-TV-Z]{26}';

/** The fields of the envelope, with the patterns of `order-event.v1.schema.json`. */
export const ENVELOPE = {
  id: RegExp(`^${ORDER_ID}:[1-9][0-9]*$`),
  source: /./,
  subject: RegExp(`^${ORDER_ID}$`),
  time: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
  datacontenttype: /^application\/json$/,
  dataschema: /^urn:fargate-orders:schema:order\.[a-z_]+\.v1$/,
  sequence: /^[0-9]{10}$/,
  partitionkey: RegExp(`^${ORDER_ID}$`),
  traceparent: /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/,
} satisfies Record<keyof Omit<OrderEvent, 'specversion' | 'type' | 'data' | 'replay'>, RegExp>;

export const REPLAY = /^[0-9A-Za-z._-]{1,64}$/;

const PREVIOUS_STATUSES: readonly unknown[] = [...new Set(Object.values(STATUSES_AFTER).flat()), null];

/**
 * Reads an order event out of the body of an SQS message (raw message delivery: the body is the event).
 *
 * Checks the envelope, that its fields agree with each other and with the order (id, version, status), and that the event
 * is known. The rest of the order stays as the orders service sent it. Unknown fields stay too: a later release may add
 * some.
 *
 * @throws OrderEventError MALFORMED_EVENT or UNKNOWN_EVENT. Reading the message again does not help.
 */
export function readOrderEvent(body: string): ReceivedOrderEvent {
  const fields = objectOf(parsed(body), 'the body');
  const eventName = eventNameOf(fields);
  for (const [name, pattern] of Object.entries(ENVELOPE)) expectMatch(fields, name, pattern);
  if (fields['replay'] !== undefined) expectMatch(fields, 'replay', REPLAY);
  const event = fields as unknown as OrderEvent;
  const version = Number(event.sequence);
  expectEqual('partitionkey', event.partitionkey, event.subject);
  expectEqual('id', event.id, `${event.subject}:${version}`);

  const data = objectOf(fields['data'], 'data');
  const order = objectOf(data['order'], 'data.order');
  expectEqual('data.order.orderId', order['orderId'], event.subject);
  expectEqual('data.order.version', order['version'], version);
  expectOneOf('data.order.status', order['status'], STATUSES_AFTER[eventName]);
  expectOneOf('data.previousStatus', data['previousStatus'], PREVIOUS_STATUSES);

  const previousStatus = data['previousStatus'] as OrderEvent['data']['previousStatus'];
  const received = { eventName, orderId: event.subject, version, order, previousStatus, event };
  return { ...received, ...(event.replay && { replay: event.replay }) } as unknown as ReceivedOrderEvent;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new OrderEventError('MALFORMED_EVENT', 'expected an event as JSON, got a body that is not JSON', { cause });
  }
}

function eventNameOf(fields: Fields): OrderEventName {
  if (fields['Type'] === 'Notification' && 'Message' in fields) {
    throw malformed('expected the event itself, got it wrapped by SNS: the subscription needs RawMessageDelivery');
  }
  expectEqual('specversion', fields['specversion'], '1.0');
  if (typeof fields['type'] !== 'string') throw malformed(`expected type to be text, got ${shown(fields['type'])}`);
  const [, name = '', version] = TYPE.exec(fields['type']) ?? [];
  if (version === '1' && Object.hasOwn(STATUSES_AFTER, name)) return name as OrderEventName;
  const expected = 'expected a type {prefix}.order.{event}.v1 of a known event';
  throw new OrderEventError('UNKNOWN_EVENT', `${expected}, got ${shown(fields['type'])}`);
}

function objectOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw malformed(`expected ${what} to be a JSON object, got ${Array.isArray(value) ? 'a list' : shown(value)}`);
}

function expectMatch(fields: Fields, name: string, pattern: RegExp): void {
  const value = fields[name];
  if (typeof value === 'string' && pattern.test(value)) return;
  throw malformed(`expected ${name} to match ${pattern.source}, got ${shown(value)}`);
}

function expectEqual(name: string, value: unknown, expected: string | number): void {
  if (value !== expected) throw malformed(`expected ${name} to be ${shown(expected)}, got ${shown(value)}`);
}

function expectOneOf(name: string, value: unknown, expected: readonly unknown[]): void {
  if (expected.includes(value)) return;
  throw malformed(`expected ${name} to be one of ${expected.join(', ')}, got ${shown(value)}`);
}

/** A received value for an error text: on one line, and cut, because it goes into logs. */
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return 'an object';
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}

function malformed(message: string): OrderEventError {
  return new OrderEventError('MALFORMED_EVENT', message);
}
