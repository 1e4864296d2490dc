import { parse } from 'yaml';
import { compileExpression } from './expressions.ts';
import { instantReader } from './values.ts';

const row = {
  total: '12.345',
  price: '1.234,50',
  city: '10115 Berlin',
  state: '',
  when: '2024-03-31 02:30:00',
  nothing: null,
  lines: '{"lines":[{"price":10.10,"sku":7}]}',
};
const valueOf = (expression: unknown, currency = 'EUR') =>
  compileExpression(parse(JSON.stringify(expression), { schema: 'failsafe' }), {
    instantOf: instantReader('Europe/Berlin'),
    folder: import.meta.dirname,
    columns: new Set(),
    report: { isRounded: false },
  })(row, currency);

describe('an expression', () => {
  it.each<[expression: unknown, value: unknown]>([
    ['city', '10115 Berlin'],
    ['nothing', undefined],
    [{ value: 7 }, '7'],
    [{ concat: ['city', { value: '!' }] }, '10115 Berlin!'],
    [{ concat: [{ value: 'cust-' }, 'nothing'] }, undefined],
    [{ concat: [{ value: 'cust-' }, 'state'] }, undefined],
    [{ concat: ['city', { first: ['nothing', { value: '' }] }] }, '10115 Berlin'],
    [{ split: 'city', by: ' ', part: 1 }, '10115'],
    [{ split: 'city', by: ' ', part: -1 }, 'Berlin'],
    [{ split: 'city', by: ' ', part: 3 }, undefined],
    [{ trim: { value: ' x ' } }, 'x'],
    [{ lookup: { value: 'a' }, in: { a: 'b' } }, 'b'],
    [{ first: ['nothing', 'state', 'city'] }, '10115 Berlin'],
    [parse('{ when: city, is: [x, 10115 Berlin], then: { value: 1 }, else: { value: 2 } }'), '1'],
    [parse('{ when: nothing, is: "", then: { value: 1 } }'), '1'],
    [{ json: 'lines', path: 'lines.0.price' }, '10.10'],
    [{ money: { json: 'lines', path: 'lines.0.price' } }, 1010],
    [{ money: 'total', round: 'half-up' }, 1235],
    [{ money: 'price', comma: true }, 123450],
    [{ minor: { value: '1990' } }, 1990],
    [{ date: { value: '2024-07-01 12:00:00' } }, '2024-07-01T10:00:00.000Z'],
    [{ date: { value: '2024-10-27 02:30:00.25' } }, '2024-10-27T00:30:00.250Z'],
    [{ date: { value: '2024-01-01' }, zone: 'Asia/Tokyo' }, '2023-12-31T15:00:00.000Z'],
    [{ date: { value: '2024-01-01T00:00:00+01:00' } }, '2023-12-31T23:00:00.000Z'],
  ])('%j gives %j', (expression, value) => {
    expect(valueOf(expression)).toBe(value);
  });

  it.each<[expression: unknown, currency: string, value: number]>([
    [{ money: { value: '90071992547409.91' } }, 'EUR', 9_007_199_254_740_991],
    [{ money: { value: '-0.07' } }, 'EUR', -7],
    [{ money: { value: '1234' } }, 'JPY', 1234],
    [{ money: { value: '1.2340' } }, 'BHD', 1234],
    [{ money: { value: '-1.005' }, round: 'half-up' }, 'EUR', -101],
  ])('%j in %s is %d minor units, digit by digit', (expression, currency, value) => {
    expect(valueOf(expression, currency)).toBe(value);
  });

  it.each<[expression: unknown, problem: string]>([
    [{ money: 'total' }, 'has more than 2 decimals of EUR'],
    [{ money: 'city' }, 'is not a decimal number'],
    [{ money: { value: '900719925474099.91' } }, 'is too large'],
    [{ date: { value: '0000-00-00 00:00:00' } }, 'is the date 0000-00-00'],
    [{ date: { value: '2023-02-29' } }, 'is not a date'],
    [{ date: 'when' }, 'is skipped by a change of the clocks in Europe/Berlin'],
    [{ date: { value: '1969-12-31' } }, 'is before 1970'],
    [{ lookup: 'city', in: {} }, 'has no entry for "10115 Berlin"'],
    [{ json: 'city', path: 'a' }, 'is not JSON'],
  ])('%j is a problem of the row: %s', (expression, problem) => {
    expect(() => valueOf(expression)).toThrow(problem);
  });

  it.each([
    { eval: 'process.exit()' },
    { concat: 'city' },
    { date: 'when', zone: 'Mars/One' },
    [],
    { trim: 'city', round: 'half-up' },
    { json: 'lines' },
    { split: 'city', by: ' ', part: 0 },
    { money: 'price', comma: 'yes' },
    { lookup: 'city', in: ['a'] },
    { lookup: 'city', file: 'expressions.spec.ts' },
    { lookup: 'city', file: 'missing.json' },
  ])('%j is an error of the mapping', (expression) => {
    expect(() => valueOf(expression)).toThrow(expect.objectContaining({ name: 'UsageError' }));
  });
});
