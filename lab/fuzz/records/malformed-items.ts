import fc from 'fast-check';

/** An item of the orders table, of which any field but its key may be anything. */
export type MalformedItem = Record<string, unknown>;

interface Change {
  readonly at: number;
  readonly value: unknown;
}

const malformed: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    0,
    -1,
    1.5,
    '',
    'x',
    [],
    {},
    [{}],
    [null],
    'x'.repeat(300),
    '\u0000',
    '\ud800'.toWellFormed(),
    new Uint8Array([0, 255]),
    new Set(['a']),
    new Set([1]),
  ),
  fc.constantFrom<unknown>(
    'x'.repeat(150_000),
    Array.from({ length: 2_000 }, () => ({ a: 1 })),
  ),
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
);
const change: fc.Arbitrary<Change> = fc.record({ at: fc.nat(500), value: malformed });

/** Orders with up to three fields, of any depth, that are missing or hold what they should not. */
export function malformedItems(order: object): fc.Arbitrary<MalformedItem> {
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const item = structuredClone(order) as MalformedItem;
    for (const { at, value } of changes) {
      const places = placesOf(item);
      const { holder, name } = places[at % places.length]!;
      if (value === undefined && !Array.isArray(holder)) delete holder[name];
      else holder[name] = structuredClone(value) ?? null;
    }
    return item;
  });
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

function placesOf(part: unknown, isRoot = true): Place[] {
  if (typeof part !== 'object' || part === null || part instanceof Set || part instanceof Uint8Array) return [];
  const holder = part as Record<string, unknown>;
  return Object.keys(holder)
    .filter((name) => !(isRoot && name === 'orderKey'))
    .flatMap((name) => [{ holder, name }, ...placesOf(holder[name], false)]);
}
