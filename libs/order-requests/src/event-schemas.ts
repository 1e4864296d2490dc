import {
  ORDER_EVENT_NAMES,
  ORDER_EVENT_SCHEMA_ID,
  orderEventSchemaId,
  type OrderEventName,
  REPLAY_ID,
  TRANSITIONS,
} from '#libs/orders';
import { classSchemas, closedObject, type JsonSchema, type ObjectSchema, PUBLISHED_RULES } from './json-schema.ts';
import { Order, ORDER_PARTS } from './order.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const ORDER_SCHEMA_ID = 'urn:fargate-orders:schema:order.v1';

/**
 * The JSON Schemas of the events, by file name in `libs/orders/schemas`: the CloudEvents envelope, the order, and the
 * `data` of each event, with the statuses that the table of transitions allows.
 */
export function eventSchemas(): Record<string, JsonSchema> {
  const events = ORDER_EVENT_NAMES.map((event) => [`order.${event}.v1.schema.json`, dataSchema(event)] as const);
  return {
    'order-event.v1.schema.json': envelopeSchema(),
    'order.v1.schema.json': orderSchema(),
    ...Object.fromEntries(events),
  };
}

function envelopeSchema(): JsonSchema {
  const orderId = { type: 'string', pattern: '^[0-9A-HJKMNP-TV-Z]{26}$' };
  return {
    $schema: DIALECT,
    $id: ORDER_EVENT_SCHEMA_ID,
    title: 'The CloudEvents 1.0 envelope of every order event',
    ...closedObject(
      {
        specversion: { const: '1.0' },
        id: { type: 'string', pattern: '^[0-9A-HJKMNP-TV-Z]{26}:[1-9][0-9]*$', description: '{orderId}:{version}' },
        type: { type: 'string', pattern: '^[a-z0-9.-]+\\.order\\.[a-z_]+\\.v1$' },
        source: { type: 'string', format: 'uri-reference', minLength: 1 },
        subject: { ...orderId, description: 'the order id' },
        time: { type: 'string', format: 'date-time' },
        datacontenttype: { const: 'application/json' },
        dataschema: { type: 'string', pattern: '^urn:fargate-orders:schema:order\\.[a-z_]+\\.v1$' },
        sequence: { type: 'string', pattern: '^[0-9]{10}$', description: "the order's version, padded with zeros" },
        partitionkey: { ...orderId, description: 'the order id: events of one key are delivered in order' },
        traceparent: { type: 'string', pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' },
        replay: {
          type: 'string',
          pattern: REPLAY_ID.source,
          description: 'the id of the replay that published it again',
        },
        data: { type: 'object' },
      },
      ['replay'],
    ),
  };
}

function orderSchema(): JsonSchema {
  const classes = classSchemas('#/$defs/', PUBLISHED_RULES);
  const { properties, required = [], ...order } = classes[Order.name] as ObjectSchema;
  const { payment: _payment, ...published } = properties;
  return {
    $schema: DIALECT,
    $id: ORDER_SCHEMA_ID,
    title: 'An order, without payment details, as events have it',
    ...order,
    properties: published,
    required: required.filter((name) => name !== 'payment'),
    $defs: Object.fromEntries(ORDER_PARTS.map(({ name }) => [name, classes[name]])),
  };
}

function dataSchema(event: OrderEventName): JsonSchema {
  const transitions = TRANSITIONS.filter((transition) => transition.event === event);
  const unique = <Value>(values: Value[]) => [...new Set(values)];
  const status = { enum: unique(transitions.map(({ to }) => to)) };
  return {
    $schema: DIALECT,
    $id: orderEventSchemaId(event),
    title: `Data of the event order.${event}.v1`,
    ...closedObject({
      order: { allOf: [{ $ref: ORDER_SCHEMA_ID }, { properties: { status } }] },
      previousStatus: { enum: unique(transitions.map(({ from }) => from)) },
    }),
  };
}
