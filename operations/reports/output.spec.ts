import { UsageError } from '../environment.ts';
import { readArguments } from './arguments.ts';
import { boundsOf, csvOf, htmlOf, textOfTable } from './output.ts';

const table = {
  columns: ['name', 'currency', 'orders', 'sold_minor', 'median_ms'],
  rows: [
    ['Soap, "green"\n', 'EUR', 12n, -123_456n, 90_061_000n],
    ['=HYPERLINK("http://evil")', 'JPY', 1n, 9_007_199_254_740_993n, null],
  ],
};

describe('a report as CSV', () => {
  it('has the quotes of RFC 4180, and whole numbers of any size', () => {
    expect(csvOf(table)).toBe(
      'name,currency,orders,sold_minor,median_ms\r\n' +
        '"Soap, ""green""\n",EUR,12,-123456,90061000\r\n' +
        '"\'=HYPERLINK(""http://evil"")",JPY,1,9007199254740993,\r\n',
    );
  });

  it.each(['=1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '  =1', '＝1'])('has no formula from %j', (cell) => {
    const [, line] = csvOf({ columns: ['name'], rows: [[cell]] }).split(/(?<=name)\r\n/);
    expect(line).toMatch(/^"?'/);
  });
});

describe('a report for people', () => {
  it('shows amounts in their currency, durations, and no control characters', () => {
    const [titles, first] = textOfTable(table).split('\n');
    expect(titles).toMatch(/^name +currency +orders +sold +median$/);
    expect(first).toMatch(/^Soap, "green"\? +EUR +12 +-EUR 1,234\.56 +25 h$/);
  });

  it('names its period by days, and by times within a day', () => {
    const [from, to] = ['2026-10-31T23:00:00.000Z', '2026-11-28T23:00:00.000Z'];
    expect(boundsOf({ from, to, timeZone: 'Europe/Berlin' })).toEqual(['2026-11-01', '2026-11-29']);
    expect(boundsOf({ from, to, timeZone: 'UTC' })).toEqual(['2026-10-31 23:00', '2026-11-28 23:00']);
  });

  it('is a page whose texts are escaped', () => {
    const page = htmlOf('a', '<b>', { columns: ['name', 'orders'], rows: [['<script>"&', 4n]] });
    expect(page).toContain('<td>&lt;script&gt;&quot;&amp;</td><td class="number">4</td>');
    expect(page).toContain('&lt;b&gt;');
    expect(page).toContain('<rect width="240"');
  });
});

describe('the arguments of npm run report', () => {
  const read = (...args: string[]) => readArguments(args, new Date('2026-12-01T00:00:00Z'));

  it('are a report and a period, whose days are those of the seller', () => {
    const { report, period } = read('vat', '--from', '2026-11-01', '--rates', '19,5.5');
    expect(report.name).toBe('vat');
    expect(period).toEqual({
      from: '2026-10-31T23:00:00.000Z',
      to: '2026-12-01T00:00:00.000Z',
      timeZone: 'Europe/Berlin',
      rates: ['19', '5.5'],
    });
  });

  it.each<[RegExp, string[]]>([
    [/which report\? type one of approvals, .*vat/, []],
    [/there is no report sale-by-day: type one of .*sales-by-day/, ['sale-by-day', '--from', '2026-11-01']],
    [/Type --from TIME/, ['vat']],
    [/--from must be a time with its zone, such as .*, or a day; got 2026-13-01/, ['vat', '--from', '2026-13-01']],
    [/--from must be before --to/, ['vat', '--from', '2026-11-02', '--to', '2026-11-01']],
    [/EUR: type --orders/, ['vat', 'EUR', '--from', '2026-11-01']],
    [/type up to 1 of them/, ['sales-by-currency', 'EUR', 'x', '--orders', '--from', '2026-11-01']],
    [/only vat has --rates/, ['refunds', '--rates', '19', '--from', '2026-11-01']],
    [/--rates must be percentages .*; got 19%,7/, ['vat', '--rates', '19%,7', '--from', '2026-11-01']],
    [/type only one of/, ['vat', '--csv', '--html', '--from', '2026-11-01']],
  ])('say %s', (message, args) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });
});
