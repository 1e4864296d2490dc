import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { format } from 'prettier';
import { bundledEventSchemas, eventSchemas } from './event-schemas.ts';
import { orderEvent, ORDER_EVENT_NAMES, TRANSITIONS } from '#libs/orders';
import { closed, eventChecker, objectsIn } from '../../orders/src/testing/event-checker.ts';
import { everyStep } from '../../orders/src/testing/order-life.ts';

const FOLDER = new URL('../../orders/schemas/', import.meta.url);
const EXAMPLES = new URL('examples/', FOLDER);
const BUNDLED = new URL('bundled/', FOLDER);
const ANY_EVENT = 'order-event.v1.schema.json';
const read = (file: string, folder: URL) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as never;
const origin = { typePrefix: 'com.example.orders', source: '/fargate-orders' };

const STYLE = { singleQuote: true, printWidth: 120 };
const jsonText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function statusesAfterSource(): Promise<string> {
  const rows = ORDER_EVENT_NAMES.map((name) => {
    const statuses = TRANSITIONS.filter(({ event }) => event === name).map(({ to }) => `'${to}'`);
    return `  ${name}: [${[...new Set(statuses)].join(', ')}],\n`;
  });
  const source = `// Written by npm run schemas, from the transitions of libs/orders/src/order-lifecycle.ts.

/** The names of the events, and the statuses that an order can have after each. */
export const STATUSES_AFTER = {
${rows.join('')}} as const;
`;
  return format(source, { parser: 'typescript', ...STYLE });
}

/** The types that a generator makes from a bundled schema, as subscribers would use it. */
function generatedTypes(file: string): Promise<string> {
  const bannerComment = `// Written by npm run schemas, from libs/orders/schemas/bundled/${file}.\n`;
  const options = { bannerComment, style: STYLE, additionalProperties: false, ignoreMinAndMaxItems: true };
  return compile(bundledEventSchemas()[file] as JSONSchema, '', options);
}

/** What `npm run schemas` writes, by path from this folder. */
const WRITTEN: [path: string, text: string][] = [
  ...Object.entries(eventSchemas()).map(([file, schema]) => [`../../orders/schemas/${file}`, jsonText(schema)]),
  ...Object.entries(bundledEventSchemas()).map(([file, schema]) => [
    `../../orders/schemas/bundled/${file}`,
    jsonText(schema),
  ]),
  ['../../order-events/src/statuses-after.ts', await statusesAfterSource()],
  ['../../order-events/src/order-event.ts', await generatedTypes(ANY_EVENT)],
] as [string, string][];

describe('the files that npm run schemas writes', () => {
  it.each(WRITTEN)('%s derives from the classes and the transitions of an order', (path, text) => {
    const file = new URL(path, import.meta.url);
    if (process.env['SCHEMAS'] === 'write') writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('have an example of each event, which stays as it was first published', () => {
    for (const { before, after } of everyStep()) {
      const event = orderEvent(after, before, origin);
      const file = new URL(`${event.type.replace(`${origin.typePrefix}.`, '')}.json`, EXAMPLES);
      if (process.env['SCHEMAS'] === 'write' && !existsSync(file)) writeFileSync(file, jsonText(event));
    }
    const names = readdirSync(EXAMPLES).map((file) => file.split('.')[1] ?? file);
    expect(names.toSorted()).toEqual(ORDER_EVENT_NAMES.toSorted());
  });
});

function strictAjv(): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: true });
  addFormats.default(ajv);
  return ajv;
}

describe('the schemas of the events', () => {
  it('describe no event that does not exist', () => {
    const schemasIn = (folder: URL) => readdirSync(folder).filter((name) => name.endsWith('.schema.json'));
    expect(schemasIn(FOLDER).toSorted()).toEqual(Object.keys(eventSchemas()).toSorted());
    expect(schemasIn(BUNDLED).toSorted()).toEqual(Object.keys(bundledEventSchemas()).toSorted());
  });

  it('compile in the strict mode of ajv', () => {
    const ajv = strictAjv();
    const schemas = Object.values(eventSchemas());
    for (const schema of schemas) ajv.addSchema(schema);
    expect(schemas.map(({ $id }) => ajv.getSchema(String($id)))).toEqual(schemas.map(() => expect.any(Function)));
  });

  it('have an id of their own, and a type and a title for every object', () => {
    const schemas = [...Object.values(eventSchemas()), ...Object.values(bundledEventSchemas())];
    expect(new Set(schemas.map(({ $id }) => $id)).size).toBe(schemas.length);
    const objects = objectsIn(schemas);
    expect(objects.filter(({ type, title }) => type !== 'object' || !/^[A-Z][A-Za-z]+$/.test(title))).toEqual([]);
  });

  it.each(ORDER_EVENT_NAMES)('describe %s in a file of its own, which takes no other event', async (name) => {
    const file = `order.${name}.v1.schema.json`;
    const isEvent = strictAjv().compile(read(file, BUNDLED));
    const isAny = strictAjv().compile(read(ANY_EVENT, BUNDLED));
    const examples: { type: string }[] = readdirSync(EXAMPLES).map((example) => read(example, EXAMPLES));
    expect(examples.filter((example) => !isAny(example))).toEqual([]);
    expect(examples.filter((example) => isEvent(example)).map(({ type }) => type)).toEqual([
      `com.example.orders.order.${name}.v1`,
    ]);
    expect(await generatedTypes(file)).toContain('export interface Order {');
  });

  it('accept fields that are added later, which our own checks refuse', () => {
    const example: Record<string, object> = read('order.shipped.v1.json', EXAMPLES);
    const { order } = example['data'] as { order: { shippingAddress: object } };
    const later = [
      { ...example, tenant: 1 },
      { ...example, data: { ...example['data'], reason: 'x' } },
      { ...example, data: { ...example['data'], order: { ...order, tip: 5 } } },
      {
        ...example,
        data: { ...example['data'], order: { ...order, shippingAddress: { ...order.shippingAddress, floor: 2 } } },
      },
    ];
    const bundled = read('order.shipped.v1.schema.json', BUNDLED);
    const [isEvent, isTodays] = [strictAjv().compile(bundled), strictAjv().compile(closed(bundled))];
    expect(later.map((event) => [isEvent(event), isTodays(event)])).toEqual(later.map(() => [true, false]));
    const errors = later.map((event) => eventChecker().errorsOf(event as never));
    expect(errors).toEqual(later.map(() => [expect.stringContaining('must NOT have additional properties')]));
  });

  it('describe every event of every path through the life of an order', () => {
    const checker = eventChecker();
    const events = everyStep().map(({ before, after }) => orderEvent(after, before, origin));
    expect(events.flatMap((event) => checker.errorsOf(event))).toEqual([]);
    const names = new Set(events.map(({ type }) => type.split('.').at(-2) as string));
    expect([...names].toSorted()).toEqual(ORDER_EVENT_NAMES.toSorted());
  });

  it('still describe the events that were published before: what a subscriber relies on stays', () => {
    const checker = eventChecker();
    const files = readdirSync(EXAMPLES);
    const errors = files.flatMap((file) => checker.errorsOf(read(file, EXAMPLES)));
    expect(errors).toEqual([]);
  });

  it('have no fewer fields in an event than were published before', () => {
    const published = new Map(
      everyStep().map(({ before, after }) => {
        const event = orderEvent(after, before, origin);
        return [event.type, event] as const;
      }),
    );
    for (const file of readdirSync(EXAMPLES)) {
      const example = read(file, EXAMPLES) as { type: string };
      expect(pathsOf(published.get(example.type))).toEqual(expect.arrayContaining(pathsOf(example)));
    }
  });
});

/** The path of every field, e.g. `/data/order/lineItems/0/sku`. */
function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, part]) => pathsOf(part, `${path}/${name}`));
}
