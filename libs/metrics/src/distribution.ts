/**
 * Keeps a fair sample of the values it is given: each of n values has the same chance, size / n, to be in it.
 * (Vitter, "Random Sampling with a Reservoir", 1985, algorithm R.)
 */
export class Reservoir {
  /** In no order. */
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

/** Quantiles of values in any order, at least one. */
export function quantilesOf(values: readonly number[]): { p50: number; p99: number; max: number } {
  const ascending = values.toSorted((a, b) => a - b);
  const quantile = (share: number) => ascending[Math.ceil(share * ascending.length) - 1]!;
  return { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}
