/** Of values in any order, at least one. */
export function quantilesOf(values: readonly number[]): { p50: number; p99: number; max: number } {
  const ascending = values.toSorted((a, b) => a - b);
  const quantile = (share: number) => ascending[Math.ceil(share * ascending.length) - 1]!;
  return { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}
