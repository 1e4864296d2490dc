import { Reader } from './reader.ts';

describe('Reader', () => {
  it('writes money and times of the first language that it knows', () => {
    const german = Reader.of('xx-invalid-language;q=1, de-DE;q=0.9, en;q=0.8');
    expect(german.money(123_456, 'EUR')).toBe('1.234,56\u00a0€');
    expect(german.money(1_234, 'JPY')).toBe('1.234\u00a0¥');
    expect(german.time('2026-11-28T10:00:00Z')).toMatch(/^28\.11\.2026, /);
    expect(Reader.of(undefined).money(5, 'GBP')).toBe('£0.05');
  });

  it('writes a duration in its largest unit', () => {
    const reader = Reader.of('en-GB');
    expect([0, 1_500, 90_000, 7_200_000, 90_000_000].map((ms) => reader.duration(ms))).toEqual([
      '0 ms',
      '1.5 secs',
      '1.5 mins',
      '2 hrs',
      '1 day',
    ]);
  });
});
