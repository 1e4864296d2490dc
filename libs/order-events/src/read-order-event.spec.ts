import { readdirSync, readFileSync } from 'node:fs';
import { ORDER_EVENT_NAMES, type OrderEvent, TRANSITIONS } from '#libs/orders';
import { ENVELOPE, OrderEventError, readOrderEvent, REPLAY, TYPE } from './read-order-event.ts';
import { STATUSES_AFTER } from './statuses-after.ts';

const EXAMPLES = new URL('../../orders/schemas/examples/', import.meta.url);
const exampleNamed = (file: string): OrderEvent => JSON.parse(readFileSync(new URL(file, EXAMPLES), 'utf8'));
const shipped = exampleNamed('order.shipped.v1.json');

function errorOf(body: unknown): OrderEventError {
  try {
    readOrderEvent(typeof body === 'string' ? body : JSON.stringify(body));
  } catch (error) {
    if (error instanceof OrderEventError) return error;
    throw error;
  }
  throw new Error('expected an OrderEventError');
}

describe('readOrderEvent', () => {
  it.each(readdirSync(EXAMPLES))('reads %s', (file) => {
    const event = exampleNamed(file);
    expect(readOrderEvent(JSON.stringify(event))).toEqual({
      eventName: file.split('.')[1],
      orderId: event.subject,
      version: Number(event.sequence),
      order: event.data.order,
      previousStatus: event.data.previousStatus,
      event,
    });
  });

  it('accepts any prefix of the type, and fields that a later release adds', () => {
    const { data } = shipped;
    const later = {
      ...shipped,
      type: 'shop.order.shipped.v1',
      tenant: 1,
      data: { ...data, order: { ...data.order, tip: 5 } },
    };
    expect(readOrderEvent(JSON.stringify(later))).toMatchObject({ eventName: 'shipped', order: { tip: 5 } });
  });

  it('marks a replayed event with the id of its replay', () => {
    expect(readOrderEvent(JSON.stringify(shipped))).not.toHaveProperty('replay');
    expect(readOrderEvent(JSON.stringify({ ...shipped, replay: 'gap-1' }))).toMatchObject({ replay: 'gap-1' });
  });

  it.each([
    ['another event', 'com.example.orders.order.teleported.v1'],
    ['a later version', 'com.example.orders.order.shipped.v2'],
    ['a name of every object', 'com.example.orders.order.constructor.v1'],
    ['the event of another service', 'com.example.stock.counted'],
  ])('does not know %s', (_, type) => {
    const error = errorOf({ ...shipped, type });
    expect(error.code).toBe('UNKNOWN_EVENT');
    expect(error.message).toContain(type);
  });

  const { order } = shipped.data;
  it.each([
    ['no JSON', '{', 'not JSON'],
    ['a list', [shipped], 'the body to be a JSON object, got a list'],
    ['an event wrapped by SNS', { Type: 'Notification', Message: '{}' }, 'RawMessageDelivery'],
    ['no CloudEvent', {}, 'specversion to be "1.0", got nothing'],
    ['no type', { ...shipped, type: undefined }, 'type to be text, got nothing'],
    ['no id', { ...shipped, id: undefined }, 'id to match'],
    ['a sequence that is a number', { ...shipped, sequence: 3 }, 'sequence to match ^[0-9]{10}$, got 3'],
    ['a time without a zone', { ...shipped, time: '2026-01-02T03:04:06' }, 'time to match'],
    ['the id of another version', { ...shipped, sequence: '0000000004' }, `id to be "${shipped.subject}:4"`],
    ['the key of another order', { ...shipped, partitionkey: '0'.repeat(26) }, 'partitionkey to be'],
    ['no data', { ...shipped, data: null }, 'data to be a JSON object, got null'],
    ['another order', { ...shipped, data: { order: { ...order, orderId: 'x' } } }, 'data.order.orderId to be'],
    ['another version', { ...shipped, data: { order: { ...order, version: 9 } } }, 'data.order.version to be 3, got 9'],
    [
      'a status the event does not lead to',
      { ...shipped, data: { order: { ...order, status: 'LOST' } } },
      'one of SHIPPED, got "LOST"',
    ],
    ['an id of a replay that is none', { ...shipped, replay: 1 }, 'replay to match'],
    ['no previous status', { ...shipped, data: { order } }, 'data.previousStatus to be one of'],
  ])('refuses %s', (_, body, message) => {
    const error = errorOf(body);
    expect(error.code).toBe('MALFORMED_EVENT');
    expect(error.message).toContain(message);
  });

  it('refuses what lacks any field of the envelope', () => {
    for (const field of Object.keys(shipped)) {
      expect(errorOf({ ...shipped, [field]: undefined }).code).toBe('MALFORMED_EVENT');
    }
  });
});

describe('STATUSES_AFTER', () => {
  it.each(ORDER_EVENT_NAMES)('has the statuses of the table of transitions after %s', (name) => {
    const statuses = TRANSITIONS.filter(({ event }) => event === name).map(({ to }) => to);
    expect(new Set(STATUSES_AFTER[name])).toEqual(new Set(statuses));
  });
});

describe('the patterns of the envelope', () => {
  const file = new URL('../../orders/schemas/order-event.v1.schema.json', import.meta.url);
  const { properties } = JSON.parse(readFileSync(file, 'utf8')) as {
    properties: Record<string, { pattern?: string; const?: string; format?: string }>;
  };

  it('are those of the published schema', () => {
    const ours = Object.entries({ ...ENVELOPE, replay: REPLAY }).map(([name, { source }]) => [name, source]);
    const published = Object.entries(properties).flatMap(([name, { pattern }]) => (pattern ? [[name, pattern]] : []));
    expect(Object.fromEntries(ours)).toMatchObject(Object.fromEntries(published.filter(([name]) => name !== 'type')));
    expect(properties['datacontenttype']?.const).toMatch(ENVELOPE.datacontenttype);
  });

  it('cover every field of the published schema', () => {
    const checked = ['specversion', 'type', 'data', 'replay', ...Object.keys(ENVELOPE)];
    expect(checked.toSorted()).toEqual(Object.keys(properties).toSorted());
  });

  it('accept the types that the published schema accepts', () => {
    const published = new RegExp(properties['type']?.pattern ?? '');
    for (const name of ORDER_EVENT_NAMES) {
      expect(`com.example.order.${name}.v1`).toMatch(published);
      expect(`com.example.order.${name}.v1`).toMatch(TYPE);
    }
  });
});
