import {
  ORDER_EVENT_SCHEMA_ID,
  orderEventSchemaId,
  TRANSITIONS,
  ORDER_EVENT_NAMES,
  type OrderEventName,
  REPLAY_ID,
} from '#libs/orders';
import {
  closedObject,
  type JsonSchema,
  OPTIONAL_ORDER_PROPERTIES,
  orderIdSchema,
  orderProperties,
} from './order-schema.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const ORDER_SCHEMA_ID = 'urn:fargate-orders:schema:order.v1';

/**
 * The JSON Schemas of the events, by the name of the file in `libs/orders/schemas` that holds it: the CloudEvents
 * envelope, the order, and one for the `data` of each event, whose statuses are those of the table of transitions.
 */
export function eventSchemas(): Record<string, JsonSchema> {
  const events = ORDER_EVENT_NAMES.map((event) => [`order.${event}.v1.schema.json`, dataSchema(event)] as const);
  return {
    'order-event.v1.schema.json': ENVELOPE,
    'order.v1.schema.json': orderSchema(),
    ...Object.fromEntries(events),
  };
}

const ENVELOPE: JsonSchema = {
  $schema: DIALECT,
  $id: ORDER_EVENT_SCHEMA_ID,
  title: 'The CloudEvents 1.0 envelope of every order event',
  ...closedObject(
    {
      specversion: { const: '1.0' },
      id: { type: 'string', pattern: '^[0-9A-HJKMNP-TV-Z]{26}:[1-9][0-9]*$', description: '{orderId}:{version}' },
      type: { type: 'string', pattern: '^[a-z0-9.-]+\\.order\\.[a-z_]+\\.v1$' },
      source: { type: 'string', format: 'uri-reference', minLength: 1 },
      subject: { ...orderIdSchema, description: 'the order id' },
      time: { type: 'string', format: 'date-time' },
      datacontenttype: { const: 'application/json' },
      dataschema: { type: 'string', pattern: '^urn:fargate-orders:schema:order\\.[a-z_]+\\.v1$' },
      sequence: { type: 'string', pattern: '^[0-9]{10}$', description: "the order's version, padded with zeros" },
      partitionkey: { ...orderIdSchema, description: 'the order id: events of one key are delivered in order' },
      traceparent: { type: 'string', pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' },
      replay: {
        type: 'string',
        pattern: REPLAY_ID.source,
        description: 'only of an event that is told again: the id of that replay',
      },
      data: { type: 'object' },
    },
    ['replay'],
  ),
};

function orderSchema(): JsonSchema {
  const { payment: _payment, ...told } = orderProperties;
  return {
    $schema: DIALECT,
    $id: ORDER_SCHEMA_ID,
    title: 'An order, without payment details, as events tell it',
    ...closedObject(told, OPTIONAL_ORDER_PROPERTIES),
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
