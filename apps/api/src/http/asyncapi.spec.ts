import { readdirSync, readFileSync } from 'node:fs';
import specifications from '@asyncapi/specs';
import { Ajv, type Options } from 'ajv';
import addFormats from 'ajv-formats';
import { ORDER_EVENT_NAMES } from '#libs/orders';
import { eventConsumers, orderEventsTopic } from '#libs/resources';
import { objectsIn } from '../../../../libs/orders/src/testing/event-checker.ts';
import { asyncApiDocument } from './asyncapi.ts';

const EXAMPLES = new URL('../../../../libs/orders/schemas/examples/', import.meta.url);
const document = asyncApiDocument({ typePrefix: 'com.example.orders', source: '/fargate-orders' });

/** AsyncAPI's own schema contains the one of JSON Schema draft 07, so ajv must not add it again. */
const isAsyncApi = checker({ meta: false, validateSchema: false }).compile(specifications.schemas['3.0.0'] as object);
const parts = checker().addSchema(document, 'document');

function checker(options: Options = {}): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, ...options });
  addFormats.default(ajv);
  return ajv;
}

/** The part of the document that a reference within it points to. */
function resolved(ref: string): unknown {
  const names = ref.replace('#/', '').split('/');
  return names.reduce<unknown>((part, name) => (part as Record<string, unknown>)?.[name], document);
}

function valuesOf(part: unknown, key: string): unknown[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) => (name === key ? [value] : valuesOf(value, key)));
}

describe('asyncApiDocument', () => {
  it('is an AsyncAPI 3.0.0 document by the official JSON Schema', () => {
    isAsyncApi(document);
    expect(isAsyncApi.errors ?? []).toEqual([]);
  });

  it('would be invalid with a wrong binding', () => {
    const broken = structuredClone(document);
    broken.channels.orderEvents.bindings.sns.ordering.type = 'LIFO';
    expect(isAsyncApi(broken)).toBe(false);
  });

  it('contains everything to which it refers', () => {
    const refs = valuesOf(document, '$ref') as string[];
    expect(refs.filter((ref) => resolved(ref) === undefined)).toEqual([]);
    expect([...valuesOf(document, '$id'), ...valuesOf(document, '$schema')]).toEqual([]);
  });

  it('gives each object a type and a title, with which generators name it, and accepts fields that are added later', () => {
    const schemas = [document.components.schemas, ...valuesOf(document.components.messages, 'payload')];
    const objects = objectsIn([schemas, valuesOf(document.components.messages, 'headers')]);
    expect(objects.filter(({ type, title }) => type !== 'object' || !title)).toEqual([]);
    expect(new Set(objects.map(({ title }) => title)).size).toBe(objects.length);
    expect(valuesOf(document, 'additionalProperties')).toEqual([]);
  });

  it('has the topic, the queue of each consumer, and every event in all of them', () => {
    const channels = Object.values(document.channels);
    const addresses = [orderEventsTopic.name, ...eventConsumers.map(({ queue }) => queue.name)];
    expect(channels.map(({ address }) => address)).toEqual(addresses);
    for (const { messages } of channels) expect(Object.keys(messages)).toEqual([...ORDER_EVENT_NAMES]);
  });

  it.each(readdirSync(EXAMPLES))('has exactly one message that accepts %s', (file) => {
    const event = JSON.parse(readFileSync(new URL(file, EXAMPLES), 'utf8')) as { type: string };
    const payloadTakes = (name: string) => parts.validate(`document#/components/messages/${name}/payload`, event);
    const headers = { eventType: event.type, channel: 'RETAIL' };
    const headersTake = (name: string) => parts.validate(`document#/components/messages/${name}/headers`, headers);
    const name = file.split('.')[1];
    expect(ORDER_EVENT_NAMES.filter(payloadTakes)).toEqual([name]);
    expect(parts.validate(`document#/components/messages/${name}/payload`, { ...event, replay: 'gap-1' })).toBe(true);
    expect(ORDER_EVENT_NAMES.filter(headersTake)).toEqual([name]);
  });

  it('has the prefix and the source of the deployment', () => {
    const { messages } = asyncApiDocument({ typePrefix: 'shop', source: '/shop' }).components;
    expect(messages['shipped']).toMatchObject({ name: 'shop.order.shipped.v1' });
    expect(valuesOf(messages['shipped'], 'source')).toEqual([{ type: 'string', const: '/shop' }]);
  });
});
