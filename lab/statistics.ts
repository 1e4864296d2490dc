/** The median: for an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The percentile by nearest rank: the smallest value that this many hundredths of the values do not exceed. */
export function percentile(values: readonly number[], hundredths: number): number {
  const rank = Math.max(1, Math.ceil((hundredths / 100) * values.length));
  return ascending(values)[rank - 1] as number;
}

/**
 * The ratio of `theirs` to `ours`: the median of the ratios of the rounds. Both values of a round were measured one after the
 * other, so that other load on the machine affects both.
 */
export function ratio(theirs: readonly number[], ours: readonly number[]): number {
  return median(theirs.map((value, round) => value / (ours[round] as number)));
}

export function rounded(value: number, digits = 3): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** @throws RangeError without values */
function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('expected at least one value, got none');
  return values.toSorted((a, b) => a - b);
}
