import { median, percentile, ratio, rounded } from './statistics.ts';

describe('statistics', () => {
  it('computes the median, for an even number of values as a mean', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 10])).toBe(3);
  });

  it('computes a percentile by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([percentile(values, 50), percentile(values, 99), percentile(values, 100)]).toEqual([50, 99, 100]);
    expect(percentile([7], 99)).toBe(7);
  });

  it('compares round by round, so that a busy machine affects both alike', () => {
    expect(ratio([10, 30, 10], [2, 6, 2])).toBe(5);
    // A single outlier does not change the median.
    expect(ratio([10, 10, 10], [2, 20, 2])).toBe(5);
  });

  it.each([() => median([]), () => percentile([], 50)])('throws without values', (figure) => {
    expect(figure).toThrow(RangeError);
  });

  it('does not change the values', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('rounds', () => {
    expect([rounded(0.12345), rounded(12.345, 1)]).toEqual([0.123, 12.3]);
  });
});
