import { readdirSync, readFileSync } from 'node:fs';
import { eventSchemas } from './event-schemas.ts';
import { orderEvent, ORDER_EVENT_NAMES } from '#libs/orders';
import { eventChecker } from '../../orders/src/testing/event-checker.ts';
import { everyStep } from '../../orders/src/testing/order-life.ts';

const FOLDER = new URL('../../orders/schemas/', import.meta.url);
const EXAMPLES = new URL('examples/', FOLDER);
const read = (file: string, folder: URL): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const origin = { typePrefix: 'com.example.orders', source: '/orders' };

describe('the schemas of the events', () => {
  it('are in libs/orders/schemas as npm run schemas writes them', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.schema.json'));
    const committed = Object.fromEntries(files.map((file) => [file, read(file, FOLDER)]));
    expect(committed).toEqual(JSON.parse(JSON.stringify(eventSchemas())));
  });

  it('describe every event of every way through the life of an order', () => {
    const checker = eventChecker();
    const events = everyStep().map(({ before, after }) => orderEvent(after, before, origin));
    expect(events.flatMap((event) => checker.errorsOf(event))).toEqual([]);
    const names = new Set(events.map(({ type }) => type.split('.').at(-2) as string));
    expect([...names].toSorted()).toEqual(ORDER_EVENT_NAMES.toSorted());
  });

  it('still describe the events that were published before: what a subscriber relies on stays', () => {
    const checker = eventChecker();
    const files = readdirSync(EXAMPLES);
    expect(files).toHaveLength(ORDER_EVENT_NAMES.length);
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
