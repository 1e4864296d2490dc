/**
 * Keeps a fair sample of values that come one after the other: each of n has the same chance, size / n, to be in it.
 * (Vitter, "Random Sampling with a Reservoir", 1985, algorithm R.)
 */
export class Reservoir {
  /** In no order. */
  readonly values: number[] = [];
  private seen = 0;
  private readonly size: number;
  private readonly random: () => number;

  /** @param random evenly distributed in [0, 1) */
  constructor(size: number, random: () => number = Math.random) {
    this.size = size;
    this.random = random;
  }

  add(value: number): void {
    this.seen += 1;
    if (this.values.length < this.size) {
      this.values.push(value);
      return;
    }
    const place = Math.floor(this.random() * this.seen);
    if (place < this.size) this.values[place] = value;
  }
}
