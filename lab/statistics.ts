/** The middle of the values; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The least value that at least so many hundredths of them do not exceed (nearest rank). */
export function percentile(values: readonly number[], hundredths: number): number {
  const rank = Math.max(1, Math.ceil((hundredths / 100) * values.length));
  return ascending(values)[rank - 1] as number;
}

/**
 * How many times `ours` goes into `theirs`: the median of the rounds' ratios. The two of a round ran one after the other,
 * so that what else the machine did weighs on both.
 */
export function ratio(theirs: readonly number[], ours: readonly number[]): number {
  return median(theirs.map((value, round) => value / (ours[round] as number)));
}

export function rounded(value: number, digits = 3): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** @throws RangeError where there is none: a figure of nothing would pass for one. */
function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('expected at least one value, got none');
  return values.toSorted((a, b) => a - b);
}
