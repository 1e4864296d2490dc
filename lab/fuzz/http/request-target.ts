import fc from 'fast-check';
import type { Header } from './request-head.ts';

/* Where a request goes, and how: such as it should be, and such as it should not. */

/** In place of a part of a path that has a meaning. */
export const oddSegment: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '%',
    '%2',
    '%FF',
    '%00',
    '%2F',
    '%2f..%2f',
    '..',
    '.',
    '%2e%2e',
    '%C0%AF',
    '%ED%A0%80',
    '%F0%9F%98%80',
    '[',
    ']',
    '[x]',
    '{x}',
    '|',
    '^',
    '`',
    '"',
    '<a>',
    '\\',
    'a b',
    'a;b=c',
    'a:b',
    '@',
    '*',
    '',
  ),
  fc.constantFrom(
    'x'.repeat(900),
    'x'.repeat(1_001),
    'x'.repeat(9_000),
    '%41'.repeat(500),
    '0'.repeat(26),
    'constructor',
    '__proto__',
    'probe',
    '1',
    '0',
    '-1',
    '1e9',
    'NaN',
    '99999999999999999999',
  ),
  fc
    .string({ unit: 'binary', maxLength: 20 })
    .filter((text) => text.isWellFormed())
    .map(encodeURIComponent),
  fc.array(fc.integer({ min: 0x21, max: 0xff }), { maxLength: 10 }).map((codes) => String.fromCharCode(...codes)),
);

export const hosts: fc.Arbitrary<Header[]> = fc.oneof(
  { arbitrary: fc.constant<Header[]>([['host', 'api']]), weight: 60 },
  {
    arbitrary: fc.constantFrom<Header[]>(
      [],
      [['host', '']],
      [
        ['host', 'a'],
        ['host', 'b'],
      ],
      [['host', '[::1']],
      [['host', 'x'.repeat(300)]],
    ),
    weight: 1,
  },
);

export const methods = fc.constantFrom(
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'QUERY',
  'PROPFIND',
  'M-SEARCH',
  'PURGE',
  'LINK',
  'get',
  'BREW',
  'CONNECT',
);
