import { eventSchemas, type JsonSchema, typeNameOf } from '#libs/order-requests';
import { CHANNELS, type EventOrigin, ORDER_EVENT_NAMES, ORDER_EVENTS, type OrderEventName } from '#libs/orders';
import { type EventConsumer, eventConsumers, orderEventsTopic, type QueueDefinition } from '#libs/resources';

/** The binding versions that the JSON Schema of AsyncAPI 3.0.0 knows. */
const SNS_BINDING = '0.1.0';
const SQS_BINDING = '0.2.0';

const DESCRIPTION = `The events of orders, from the orders service to the queue of each service that subscribes: the \
topic, the queues, and one message for each kind of event (CloudEvents 1.0, structured JSON). An order's events arrive \
in order and at least once: apply one only if its \`sequence\` is greater than the last that was applied for its order. An \
event that an operator has replayed carries \`replay\`, and goes directly to a service's queue, not to the topic.`;

/** The AsyncAPI 3.0 document of the order events. https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export function asyncApiDocument(origin: EventOrigin) {
  return {
    asyncapi: '3.0.0',
    info: { title: 'fargate-orders: order events', version: '1', description: DESCRIPTION },
    defaultContentType: 'application/cloudevents+json',
    channels: {
      orderEvents: topicChannel(),
      ...Object.fromEntries(eventConsumers.map((consumer) => [consumer.name, queueChannel(consumer)])),
    },
    operations: {
      sendOrderEvents: sendOperation(),
      ...Object.fromEntries(eventConsumers.map(({ name }) => [`${name}ReceivesOrderEvents`, receiveOperation(name)])),
    },
    components: {
      messages: Object.fromEntries(ORDER_EVENT_NAMES.map((event) => [event, message(event, origin)])),
      schemas: schemas(),
    },
  };
}

const REPLAY = { type: 'string', description: 'only in a replayed event: the id of the replay' };

const componentMessages = messageRefs('#/components/messages');

function topicChannel() {
  const { name, contentBasedDeduplication, fifoThroughputScope } = orderEventsTopic;
  return {
    address: name,
    title: 'The topic of order events',
    messages: componentMessages,
    bindings: {
      sns: {
        name,
        ordering: { type: 'FIFO', contentBasedDeduplication, 'x-fifo-throughput-scope': fifoThroughputScope },
        bindingVersion: SNS_BINDING,
      },
    },
  };
}

function queueChannel({ name, queue }: EventConsumer) {
  return {
    address: queue.name,
    title: `The queue of ${name}`,
    messages: componentMessages,
    bindings: {
      sqs: {
        queue: queueBinding(queue),
        ...(queue.redrive && { deadLetterQueue: queueBinding(queue.redrive.queue) }),
        bindingVersion: SQS_BINDING,
      },
    },
  };
}

function queueBinding({ name, fifo, visibilityTimeoutSeconds, retentionSeconds, redrive }: QueueDefinition): object {
  return {
    name,
    fifoQueue: fifo,
    ...(fifo && { deduplicationScope: 'messageGroup', fifoThroughputLimit: 'perMessageGroupId' }),
    visibilityTimeout: visibilityTimeoutSeconds,
    messageRetentionPeriod: retentionSeconds,
    ...(redrive && {
      redrivePolicy: { deadLetterQueue: { name: redrive.queue.name }, maxReceiveCount: redrive.maxReceiveCount },
    }),
  };
}

function sendOperation() {
  const consumers = eventConsumers.map(({ queue, rawMessageDelivery, filterPolicy }) => ({
    protocol: 'sqs',
    endpoint: { name: queue.name },
    rawMessageDelivery,
    ...(filterPolicy && { filterPolicy, filterPolicyScope: 'MessageAttributes' }),
  }));
  return {
    action: 'send',
    channel: { $ref: '#/channels/orderEvents' },
    summary: 'The orders service publishes each change of an order after it is stored.',
    messages: Object.values(messageRefs('#/channels/orderEvents/messages')),
    bindings: { sns: { topic: { name: orderEventsTopic.name }, consumers, bindingVersion: SNS_BINDING } },
  };
}

function receiveOperation(consumer: string) {
  return {
    action: 'receive',
    channel: { $ref: `#/channels/${consumer}` },
    summary: `${consumer} receives the events from its queue.`,
    messages: Object.values(messageRefs(`#/channels/${consumer}/messages`)),
  };
}

function messageRefs(within: string) {
  return Object.fromEntries(ORDER_EVENT_NAMES.map((event) => [event, { $ref: `${within}/${event}` }]));
}

/** The headers are the message attributes, which raw delivery copies from SNS to SQS. */
function message(event: OrderEventName, { typePrefix, source }: EventOrigin) {
  const constant = (value: string) => ({ type: 'string', const: value });
  const type = constant(`${typePrefix}.order.${event}.v1`);
  const narrowed = { type, source: constant(source), data: { $ref: schemaRef(`order.${event}.v1`) } };
  return {
    name: type.const,
    title: `order.${event}`,
    summary: ORDER_EVENTS[event],
    contentType: 'application/cloudevents+json',
    headers: {
      title: `${typeNameOf(event)}Headers`,
      type: 'object',
      required: ['eventType', 'channel'],
      properties: { eventType: type, channel: { type: 'string', enum: CHANNELS }, replay: REPLAY },
    },
    payload: {
      title: `${typeNameOf(event)}Event`,
      type: 'object',
      allOf: [{ $ref: schemaRef('order-event.v1') }],
      properties: narrowed,
    },
    'x-message-group-id': '$message.payload#/partitionkey',
    'x-message-deduplication-id': '$message.payload#/id',
  };
}

/** The schemas and their `$defs`, by the last part of their `$id`. AsyncAPI schemas are draft 07, in which their keywords mean the same. */
function schemas(): Record<string, JsonSchema> {
  const embedded = Object.values(eventSchemas()).flatMap(({ $schema: _dialect, $id, $defs = {}, ...schema }) => {
    const parts = { [String($id)]: schema, ...($defs as object) };
    return Object.entries(parts).map(([name, part]) => [nameOf(name), withRefsToComponents(part)]);
  });
  return Object.fromEntries(embedded) as Record<string, JsonSchema>;
}

function withRefsToComponents(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? schemaRef(nameOf(value)) : value,
  );
}

/** The last part of a `$id` or of a `$ref`. */
function nameOf(reference: string): string {
  return reference.slice(Math.max(reference.lastIndexOf(':'), reference.lastIndexOf('/')) + 1);
}

function schemaRef(name: string): string {
  return `#/components/schemas/${name}`;
}
