import {
  ORDER_EVENT_NAMES,
  ORDER_EVENT_SCHEMA_ID,
  ORDER_EVENTS,
  orderEventSchemaId,
  type OrderEventName,
  REPLAY_ID,
  TRANSITIONS,
} from '#libs/orders';
import { classSchemas, closedObject, type JsonSchema, type ObjectSchema, PUBLISHED_RULES } from './json-schema.ts';
import { Order, ORDER_PARTS } from './order.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const ORDER_ID = '[0-9A-HJKMNP-TV-Z]{26}';
const ORDER_SCHEMA_ID = 'urn:fargate-orders:schema:order.v1';

/**
 * The JSON Schemas of the events, by file name in `libs/orders/schemas`: the CloudEvents envelope, the order, and the
 * `data` of each event, with the statuses that the table of transitions allows. All accept unknown fields, because fields may
 * be added. Every object has a title, which generators of types use as its name.
 */
export function eventSchemas(): Record<string, JsonSchema> {
  const events = ORDER_EVENT_NAMES.map((event) => [`order.${event}.v1.schema.json`, dataSchema(event)] as const);
  return {
    'order-event.v1.schema.json': { $schema: DIALECT, $id: ORDER_EVENT_SCHEMA_ID, ...envelope() },
    'order.v1.schema.json': orderSchema(),
    ...Object.fromEntries(events),
  };
}

/**
 * The JSON Schemas of any event and of each one, as a whole and without references to other files, by file name in
 * `libs/orders/schemas/bundled`.
 */
export function bundledEventSchemas(): Record<string, JsonSchema> {
  const events = ORDER_EVENT_NAMES.map((event) => {
    const type = text(`^[a-z0-9.-]+\\.order\\.${event}\\.v1$`, ORDER_EVENTS[event]);
    const narrowed = { type, dataschema: constant(orderEventSchemaId(event)) };
    const bundled = bundledSchema(typeNameOf(event), orderEventSchemaId(event), narrowed, statusesOf(event));
    return [`order.${event}.v1.schema.json`, bundled] as const;
  });
  const any = bundledSchema('Order', ORDER_EVENT_SCHEMA_ID, {}, statusesOf(...ORDER_EVENT_NAMES));
  return { 'order-event.v1.schema.json': any, ...Object.fromEntries(events) };
}

/** The name of an event's types, e.g. `PartiallyShipped`. */
export function typeNameOf(event: OrderEventName): string {
  return event.replaceAll(/(?:^|_)([a-z])/g, (_, initial: string) => initial.toUpperCase());
}

function envelope(): ObjectSchema {
  const properties = {
    specversion: { ...constant('1.0'), description: 'the version of CloudEvents' },
    id: text(`^${ORDER_ID}:[1-9][0-9]*$`, '{orderId}:{version}: the same event always has the same id'),
    type: text('^[a-z0-9.-]+\\.order\\.[a-z_]+\\.v1$', "{prefix}.order.{event}.v1; the prefix is the deployment's"),
    source: { type: 'string', format: 'uri-reference', minLength: 1, description: 'the deployment' },
    subject: text(`^${ORDER_ID}$`, 'the order id'),
    time: { type: 'string', format: 'date-time', description: 'when the change was decided' },
    datacontenttype: { ...constant('application/json'), description: 'the format of data' },
    dataschema: text('^urn:fargate-orders:schema:order\\.[a-z_]+\\.v1$', 'the id of the JSON Schema of data'),
    sequence: text(
      '^[0-9]{10}$',
      "the order's version, from 1 on, with leading zeros, so it also compares as text: apply an event only if it is newer",
    ),
    partitionkey: text(`^${ORDER_ID}$`, 'the order id: events of one key are first delivered in order'),
    traceparent: text(
      '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$',
      'W3C trace context of the request for the change: continue it in your own spans and logs',
    ),
    replay: text(REPLAY_ID.source, 'only in an event that is published again: the id of that replay'),
    data: {
      type: 'object',
      title: 'OrderEventData',
      description: 'the whole order after the change, without payment details, and the status that it had before',
    },
  };
  const description = 'The CloudEvents 1.0 envelope of every order event';
  return openObject('OrderEvent', { description, ...closedObject(properties, ['replay']) });
}

function orderSchema(): ObjectSchema {
  const classes = classSchemas('#/$defs/', PUBLISHED_RULES);
  const { properties, required = [], ...order } = classes[Order.name] as ObjectSchema;
  const { payment: _payment, ...published } = properties;
  return withoutTypeOfReferences({
    $schema: DIALECT,
    $id: ORDER_SCHEMA_ID,
    ...openObject('Order', {
      description: 'An order, without payment details, as events have it',
      ...order,
      properties: published,
      required: required.filter((name) => name !== 'payment'),
    }),
    $defs: Object.fromEntries(ORDER_PARTS.map(({ name }) => [name, openObject(name, classes[name] as ObjectSchema)])),
  });
}

function dataSchema(event: OrderEventName): JsonSchema {
  const { status, previousStatus } = statusesOf(event);
  const name = typeNameOf(event);
  const order = { title: `${name}Order`, type: 'object', allOf: [{ $ref: ORDER_SCHEMA_ID }], properties: { status } };
  const description = `Data of the event order.${event}.v1`;
  return {
    $schema: DIALECT,
    $id: orderEventSchemaId(event),
    ...openObject(`${name}EventData`, { description, ...closedObject({ order, previousStatus }) }),
  };
}

function bundledSchema(
  name: string,
  id: string,
  narrowed: Readonly<Record<string, JsonSchema>>,
  { status, previousStatus }: ReturnType<typeof statusesOf>,
): JsonSchema {
  const { $schema, $id: _id, $defs, ...order } = orderSchema();
  const { properties, ...whole } = envelope();
  const data = openObject(`${name}EventData`, closedObject({ order: { $ref: '#/$defs/Order' }, previousStatus }));
  return {
    $schema,
    $id: `${id}:bundled`,
    ...whole,
    title: `${name}Event`,
    description: `${name}Event as a whole: the CloudEvents 1.0 envelope and its data`,
    properties: { ...properties, ...narrowed, data },
    $defs: { Order: { ...order, properties: { ...order.properties, status } }, ...($defs as object) },
  };
}

function statusesOf(...events: OrderEventName[]) {
  const transitions = TRANSITIONS.filter(({ event }) => events.includes(event));
  return {
    status: oneOf(transitions.map(({ to }) => to)),
    previousStatus: oneOf(transitions.map(({ from }) => from)),
  };
}

function oneOf(values: readonly (string | null)[]): JsonSchema {
  const types = [...new Set(values.map((value) => (value === null ? 'null' : 'string')))];
  return { type: types.length === 1 ? types[0] : types, enum: [...new Set(values)] };
}

function constant(value: string): JsonSchema {
  return { type: 'string', const: value };
}

function text(pattern: string, description: string) {
  return { type: 'string', pattern, description };
}

/** An object that accepts unknown fields. */
function openObject(title: string, { additionalProperties: _closed, ...schema }: ObjectSchema): ObjectSchema {
  return { title, ...schema };
}

/** With a type beside a reference, generators copy the object that it refers to. */
function withoutTypeOfReferences<Schema extends JsonSchema>(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema), (_, part: JsonSchema | null) => {
    if (!part?.['$ref']) return part;
    const { type: _type, ...reference } = part;
    return reference;
  }) as Schema;
}
