import { isAlarm } from './alarm.ts';

/** The notation of AWS's tables: 0 is within the threshold, X breaches it, - is missing. The newest datapoint is the last. */
const datapoints = { '0': 0, X: 1, '-': undefined };

const ringsFor = (range: string, datapointsToAlarm: number) =>
  isAlarm(
    range.split(' ').map((datapoint) => datapoints[datapoint as keyof typeof datapoints]),
    { periods: 3, datapointsToAlarm, breaches: (value) => value > 0 },
  );

describe('an alarm that treats missing data as missing', () => {
  it.each([
    ['0 - X - X', false],
    ['0 - - - -', false],
    ['- - - - -', false],
    ['0 X X - X', true],
    ['- - X - -', true],
    ['- - - X -', false],
    ['- - - - X', false],
    ['X X X X 0', false],
  ])('of three of three datapoints, %s: %s', (range, expected) => {
    expect(ringsFor(range, 3)).toBe(expected);
  });

  it.each([
    ['0 - X - X', true],
    ['0 0 X 0 X', true],
    ['0 - X - -', false],
    ['- - - - 0', false],
    ['- - - X -', true],
    ['X X 0 0 X', false],
  ])('of two of three datapoints, %s: %s', (range, expected) => {
    expect(ringsFor(range, 2)).toBe(expected);
  });
});
