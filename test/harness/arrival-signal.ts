import { deadline } from './deadline.ts';

/** Lets tests wait for something that arrives over time, such as a log line or an event. */
export class ArrivalSignal {
  private readonly checks = new Set<() => void>();

  /** Repeats every pending search. Call it when something has arrived. */
  notify(): void {
    for (const check of this.checks) check();
  }

  /**
   * Resolves to what `search` finds, at once or after a later arrival.
   * @throws Error that names `what` when nothing is found in time
   */
  async waitFor<Found>(what: string, search: () => Found | undefined): Promise<Found> {
    const end = deadline(what);
    const { promise, resolve } = Promise.withResolvers<Found>();
    const check = () => {
      const found = search();
      if (found !== undefined) resolve(found);
    };
    this.checks.add(check);
    check();
    try {
      return await Promise.race([promise, end.passed]);
    } finally {
      this.checks.delete(check);
      end.clear();
    }
  }
}
