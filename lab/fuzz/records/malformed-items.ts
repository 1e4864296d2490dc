import fc from 'fast-check';

/** An item of the orders table. Any field except the key may have any value. */
export type MalformedItem = Record<string, unknown>;

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
const change = fc.record({ at: fc.nat(500), value: malformed });

/** Orders in which up to three fields, at any depth, are missing or have invalid values. */
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

type Place = { holder: Record<string, unknown>; name: string };

function placesOf(part: unknown, isRoot = true): Place[] {
  if (typeof part !== 'object' || part === null || part instanceof Set || part instanceof Uint8Array) return [];
  const holder = part as Record<string, unknown>;
  return Object.keys(holder)
    .filter((name) => !(isRoot && name === 'orderKey'))
    .flatMap((name) => [{ holder, name }, ...placesOf(holder[name], false)]);
}
