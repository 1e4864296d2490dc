import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { eventSchemas } from './event-schemas.ts';
import { orderEvent, ORDER_EVENT_NAMES, TRANSITIONS } from '#libs/orders';
import { eventChecker } from '../../orders/src/testing/event-checker.ts';
import { everyStep } from '../../orders/src/testing/order-life.ts';

const FOLDER = new URL('../../orders/schemas/', import.meta.url);
const EXAMPLES = new URL('examples/', FOLDER);
const read = (file: string, folder: URL): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const origin = { typePrefix: 'com.example.orders', source: '/orders' };

const jsonText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function statusesAfterSource(): string {
  const rows = ORDER_EVENT_NAMES.map((name) => {
    const statuses = TRANSITIONS.filter(({ event }) => event === name).map(({ to }) => `'${to}'`);
    return `  ${name}: [${[...new Set(statuses)].join(', ')}],\n`;
  });
  return `// Written by npm run schemas, from the transitions of libs/orders/src/order-lifecycle.ts.

/** The names of the events, and the statuses that an order can have after each. */
export const STATUSES_AFTER = {
${rows.join('')}} as const;
`;
}

/** What `npm run schemas` writes, by path from this folder. */
const WRITTEN: [path: string, text: string][] = [
  ...Object.entries(eventSchemas()).map(([file, schema]): [string, string] => [
    `../../orders/schemas/${file}`,
    jsonText(schema),
  ]),
  ['../../order-events/src/statuses-after.ts', statusesAfterSource()],
];

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

describe('the schemas of the events', () => {
  it('describe no event that does not exist', () => {
    const schemas = readdirSync(FOLDER).filter((name) => name.endsWith('.schema.json'));
    expect(schemas.toSorted()).toEqual(Object.keys(eventSchemas()).toSorted());
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
    const errors = files.flatMap((file) => checker.errorsOf(read(file, EXAMPLES) as never));
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
