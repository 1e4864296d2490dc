/**
 * Keeps a fair sample of values: each of n values is kept with the same probability, size / n.
 * (Vitter, "Random Sampling with a Reservoir", 1985, algorithm R.)
 */
export class Reservoir {
  /** The sample, in no particular order. */
  readonly values: number[] = [];
  private given = 0;
  private readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  add(value: number): void {
    this.given += 1;
    const place = this.given <= this.size ? this.given - 1 : Math.floor(Math.random() * this.given);
    if (place < this.size) this.values[place] = value;
  }
}

/** Returns quantiles of at least one value, in any order. */
export function quantilesOf(values: readonly number[]): { p50: number; p99: number; max: number } {
  const ascending = values.toSorted((a, b) => a - b);
  const quantile = (share: number) => ascending[Math.ceil(share * ascending.length) - 1]!;
  return { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}
