import fc from 'fast-check';
import { MetricExpressionError, parseMetricExpression, type Datapoint } from './metric-expression.ts';

const values: Record<string, Datapoint> = { m1: 6, m2: 3, none: undefined };
const valueOf = (text: string) => parseMetricExpression(text)((id) => values[id]);

/** An expression as text, and what it comes to by JavaScript's own arithmetic. */
interface Sum {
  text: string;
  value: number;
}

const operators: Record<string, (left: number, right: number) => number> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
};

const { sum } = fc.letrec<{ sum: Sum }>((tie) => ({
  sum: fc.oneof(
    { maxDepth: 5 },
    fc.nat(1_000).map((value) => ({ text: String(value), value })),
    fc.tuple(tie('sum'), fc.constantFrom(...Object.keys(operators)), tie('sum')).map(([left, operator, right]) => ({
      text: `(${left.text} ${operator} ${right.text})`,
      value: operators[operator]?.(left.value, right.value) ?? 0,
    })),
    tie('sum').map(({ text, value }) => ({ text: `-${text}`, value: 0 - value })),
  ),
}));

describe('metric expressions', () => {
  it('come to what arithmetic comes to', () => {
    fc.assert(fc.property(sum, ({ text, value }) => expect(valueOf(text)).toBe(value)));
  });

  it.each([
    ['m1 + m2 * 2', 12],
    ['m1 - m2 - 1', 2],
    ['m1 / m2', 2],
    ['-m1 + 10', 4],
    ['2 ^ 3', 8],
    ['m1 > m2', 1],
    ['m1 <= m2', 0],
    ['m1 > 5 && m2 > 5', 0],
    ['m1 > 5 OR m2 > 5', 1],
    ['IF(m1 > m2, m1, m2)', 6],
    ['IF(m1 == 6 AND m2 != 3, 1, 2)', 2],
    ['FILL(none, 7) + FILL(m1, 7)', 13],
    ['MAX([m1, m2, none])', 6],
    ['MIN([m1, m2])', 3],
    ['SUM([m1, m2])', 9],
    ['AVG([m1, m2])', 4.5],
    ['CEIL(m1 / 4) + FLOOR(m1 / 4) + ABS(-1)', 4],
    ['(FILL(m1, 0) + FILL(none, 0)) / IF(m2 > 0, m2, 1)', 2],
  ])('%s is %d', (text, expected) => {
    expect(valueOf(text)).toBe(expected);
  });

  it.each(['none + 1', 'm1 / 0', 'IF(none > 1, 1, 2)', 'MAX([none])', 'CEIL(none)'])('%s has no value', (text) => {
    expect(valueOf(text)).toBeUndefined();
  });

  it('repeat the last value that there was', () => {
    const history = [undefined, undefined, 4, 9];
    const evaluate = parseMetricExpression('FILL(m1, REPEAT) * 2');

    expect(evaluate((_id, ago = 0) => history[ago])).toBe(8);
    expect(evaluate(() => undefined)).toBeUndefined();
  });

  it.each([
    ['RATE(m1)', 'the function RATE is not known here'],
    ['MAX(m1)', 'MAX is known here of an array only'],
    ['IF(m1, m2)', 'too many or too few parameters'],
    ['m1 +', 'expected a value, got the end'],
    ['(m1', 'expected ), got the end'],
    ['m1 m2', 'expected an operator, got m2'],
    ['m1 % 2', 'can not read % 2'],
    ['SELECT', 'expected a value, got SELECT'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => valueOf(text)).toThrow(MetricExpressionError);
    expect(() => valueOf(text)).toThrow(message);
  });
});
