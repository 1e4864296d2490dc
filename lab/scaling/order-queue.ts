/** So many orders that came in the same second. */
export interface Cohort {
  /** When the api took them in. */
  readonly acceptedAt: number;
  /** When they came to this queue. */
  readonly queuedAt: number;
  readonly orders: number;
}

/** Orders that wait, the oldest first. */
export class OrderQueue {
  size = 0;
  private readonly cohorts: Cohort[] = [];
  private head = 0;

  add(cohort: Cohort): void {
    if (cohort.orders === 0) return;
    this.cohorts.push(cohort);
    this.size += cohort.orders;
  }

  /** At most so many, those that have waited longest. */
  take(most: number): Cohort[] {
    const taken: Cohort[] = [];
    let left = Math.min(most, this.size);
    this.size -= left;
    while (left > 0) {
      const first = this.cohorts[this.head] as Cohort;
      const orders = Math.min(left, first.orders);
      taken.push({ ...first, orders });
      left -= orders;
      if (orders === first.orders) this.head += 1;
      else this.cohorts[this.head] = { ...first, orders: first.orders - orders };
    }
    return taken;
  }

  get oldest(): Cohort | undefined {
    return this.cohorts[this.head];
  }
}
