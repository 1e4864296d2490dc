import fc from 'fast-check';
import {
  aFreshOrder,
  CHANGE_ORDER,
  COMMAND_NAMES,
  type CommandName,
  DEAD_LETTER_ATTRIBUTES,
  PLACE_ORDER,
  RECORD_BATCH,
} from '#libs/orders';
import { mutated } from '../values/json-mutations.ts';
import { type JsonNode, jsonText } from '../values/json-text.ts';
import { unexpectedText, weighted, wordsOf } from '../values/unexpected-values.ts';

/** A message for the orders queue. */
export interface FuzzMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, { DataType: string; StringValue?: string; BinaryValue?: Uint8Array }>>;
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const id = fc
  .array(fc.constantFrom(...ALPHABET), { minLength: 26, maxLength: 26 })
  .map((characters) => characters.join(''));
/** A command of this age no longer waits for its order. */
const LONG_AGO = '2020-01-02T03:04:05.678Z';
const instants = weighted(
  [12, fc.constant(LONG_AGO)],
  [
    1,
    fc.constantFrom(
      '0000-00-00T00:00:00.000Z',
      '2026-02-30T00:00:00.000Z',
      '2026-13-01T25:61:61.999Z',
      '9999-99-99T99:99:99.999Z',
    ),
  ],
);
const traces = weighted(
  [8, fc.constant(TRACE)],
  [1, fc.constantFrom('x', '00-0-0-0', `ff${TRACE.slice(2)}`, '\u0000', '\u{1F600}')],
);
const subjects = weighted(
  [6, fc.constantFrom('cust-1', 'cust-2')],
  [1, fc.string({ unit: 'binary', minLength: 1, maxLength: 60 })],
);

const placing = fc
  .tuple(id, subjects, instants, traces, fc.uuid())
  .map(([orderId, customerId, receivedAt, traceparent, payment]): JsonNode => ({
    type: PLACE_ORDER,
    commandId: orderId,
    orderId,
    customerId,
    receivedAt,
    traceparent,
    request: aFreshOrder(payment),
  }));

const items = [{ lineNumber: 1, quantity: 1 }];
const contents: Partial<Record<CommandName, JsonNode>> = {
  createShipment: { carrier: 'DHL', trackingNumber: 'T-1', items },
  requestReturn: { items, reason: 'broken' },
};

const changing = fc
  .tuple(id, id, fc.constantFrom(...COMMAND_NAMES), subjects, instants, traces)
  .map(([commandId, orderId, name, by, receivedAt, traceparent]): JsonNode => ({
    type: CHANGE_ORDER,
    commandId,
    name,
    orderId,
    by,
    roles: ['operator'],
    receivedAt,
    traceparent,
    request: contents[name] ?? {},
  }));

const recording = fc
  .tuple(id, id, fc.integer({ min: 1, max: 51 }), instants, traces)
  .map(([batchId, orderId, part, receivedAt, traceparent]): JsonNode => ({
    type: RECORD_BATCH,
    batchId,
    part,
    receivedAt,
    traceparent,
    rows: [
      { row: 1, orderId },
      { row: 2, problem: { status: 400, detail: 'x' } },
    ],
    totals: { accepted: 1, refused: 1 },
  }));

const command = fc.oneof(placing, changing, recording);

/** Types without a handler: later versions, no version, names of properties that every object has. */
const unknown = fc
  .tuple(
    command,
    fc.oneof(
      fc.constantFrom(
        ...wordsOf('order.place.v2 order.place * __proto__ constructor toString {"cmd":"x"}'),
        '',
        'x'.repeat(5_000),
        '\u0000',
      ),
      fc.string(),
    ),
  )
  .map(([document, type]): JsonNode => ({ ...(document as { [name: string]: JsonNode }), type }));

const notCommands = fc.oneof(
  fc.constantFrom(
    ...wordsOf('{ null [] {} "order.place.v1" {"type":1} {"type":null} {"type":"order.place.v1"} \ufeff{}'),
    ...wordsOf('{"type":"order.place.v1","request":{} {"__proto__":{"type":"order.place.v1"}}'),
    'not JSON',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 500 }),
  unexpectedText.filter((text) => text !== ''),
  fc.uint8Array({ minLength: 1, maxLength: 500 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.constant('x'.repeat(900_000)),
);

const attributes: fc.Arbitrary<FuzzMessage['attributes']> = weighted(
  [8, fc.constant({})],
  [
    1,
    fc.constantFrom<FuzzMessage['attributes']>(
      { traceparent: { DataType: 'String', StringValue: 'no trace' } },
      { traceparent: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) } },
      { [DEAD_LETTER_ATTRIBUTES.code]: { DataType: 'Number', StringValue: '1e999' } },
      {
        type: { DataType: 'String.custom', StringValue: 'order.cancel.v1' },
        ApproximateReceiveCount: { DataType: 'Number', StringValue: '99' },
      },
    ),
  ],
);

const bodies = weighted([40, mutated(command, 2, 2).map(jsonText)], [6, notCommands], [1, unknown.map(jsonText)]);

export const messages: fc.Arbitrary<FuzzMessage> = fc.record({
  body: bodies.filter((body) => body !== ''),
  attributes,
});
