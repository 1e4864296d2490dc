import fc from 'fast-check';
import { type JsonNode, RawText } from './json-text.ts';

/** Deep enough to exhaust the stack of a recursive reader. */
const DEEP_LEVELS = 20_000;
const LONG_TEXT = 70_000;

const numbers = [
  ...wordsOf('-0 0.1 -1 1e2 1e400 -1e400 5e-324 9007199254740993 18446744073709551616 100000000000001'),
  '0.30000000000000004',
  '9'.repeat(400),
].map((text) => new RawText(text));

const texts = [
  ...wordsOf('NaN Infinity null true 0 -0 __proto__ ../../../etc/passwd ${jndi:ldap://x/y} <script>alert(1)</script>'),
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\u001f\u007f\u0085',
  '\u2028\u2029',
  '\ufeff',
  '\ufffe\uffff',
  '\u202e\u2066abc',
  'e\u0301'.repeat(100),
  'A\ufe0f'.repeat(150),
  '\u{1F469}\u200D\u{1F469}\u200D\u{1F467}'.repeat(20),
  "'; DROP TABLE orders; --",
  'x'.repeat(LONG_TEXT),
  '\u20ac'.repeat(LONG_TEXT),
];

/** Halves of characters, which JSON text can have only as escapes. */
const halves = ['"\\ud800"', '"\\udfff"', '"a\\ud83d b"', '"\\ud83d\\ud83d\\ude00"'].map((text) => new RawText(text));

const notJson = [...wordsOf("NaN Infinity undefined 01 1. .5 +1 'a' /**/1 [ }"), '"', '"\t"', '"\\x41"', ''];

const deep = [
  new RawText('['.repeat(DEEP_LEVELS) + ']'.repeat(DEEP_LEVELS)),
  new RawText('{"a":'.repeat(DEEP_LEVELS) + '1' + '}'.repeat(DEEP_LEVELS)),
  new RawText('['.repeat(DEEP_LEVELS)),
];

const wide: JsonNode[] = [
  Array.from({ length: 1_001 }, () => 0),
  Array.from({ length: 5_000 }, () => ({})),
  Object.fromEntries(Array.from({ length: 2_000 }, (_, field) => [`f${field}`, field])),
];

/** Names of properties that every object has, or that reach a prototype. */
export const protoNames = [
  ...wordsOf('__proto__ constructor prototype toString hasOwnProperty valueOf __defineGetter__ then length toJSON'),
  'a/b~c',
  '\u0000',
  '',
];

/** Any value, regardless of the place. */
export const unexpectedValue: fc.Arbitrary<JsonNode> = weighted(
  [6, fc.constantFrom<JsonNode>(null, true, false, 0, -1, [], {}, [[]], [null], [{}])],
  [5, fc.constantFrom<JsonNode>(...numbers)],
  [6, fc.constantFrom<JsonNode>(...texts)],
  [2, fc.constantFrom<JsonNode>(...halves)],
  [1, fc.constantFrom(...notJson).map((text) => new RawText(text))],
  [1, fc.constantFrom<JsonNode>(...wide)],
  [1, fc.constantFrom<JsonNode>(...deep)],
  [2, fc.double()],
  [2, fc.maxSafeInteger()],
  [3, fc.string({ unit: 'binary', maxLength: 300 })],
  [3, fc.jsonValue() as fc.Arbitrary<JsonNode>],
).map((value) => (typeof value === 'number' && !Number.isFinite(value) ? new RawText('1e999') : value));

/** Text of a header or a URL. Each character is a byte. There are no line ends, which would start another header. */
export const unexpectedText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', ' ', '0', '-1', '*', '""', '"', 'null', 'undefined', '\u00e4', '\u00ff\u00fe', '%', '%00', '\t'),
  fc.constantFrom('x'.repeat(300), 'x'.repeat(4_000), ','.repeat(2_000), '= "'.repeat(1_000), 'W/"1"', '"1", "2"'),
  fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
  fc.array(fc.integer({ min: 0x80, max: 0xff }), { maxLength: 20 }).map((codes) => String.fromCharCode(...codes)),
  fc
    .array(fc.integer({ min: 1, max: 0xff }), { maxLength: 12 })
    .map((codes) => lineless(String.fromCharCode(...codes))),
);

export function lineless(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}

/** One of these arbitraries, each as often as its weight. */
export function weighted<Values extends unknown[]>(
  ...choices: { [At in keyof Values]: readonly [weight: number, arbitrary: fc.Arbitrary<Values[At]>] }
): fc.Arbitrary<Values[number]> {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** The words of a text, separated by blanks. */
export function wordsOf(text: string): string[] {
  return text.split(' ');
}

export function oneWordOf(text: string): fc.Arbitrary<string> {
  return fc.constantFrom(...wordsOf(text));
}
