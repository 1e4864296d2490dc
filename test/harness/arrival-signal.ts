import { deadline } from './deadline.ts';

/** Those who wait for the first of what comes that they look for. */
export class Arrivals {
  private readonly lookers = new Set<() => void>();

  /** Something has come. */
  announce(): void {
    for (const look of this.lookers) look();
  }

  /** What `search` finds, now or as soon as something has come that it finds. */
  async first<Found>(what: string, search: () => Found | undefined, timeoutMs?: number): Promise<Found> {
    const end = deadline(what, timeoutMs);
    const { promise, resolve } = Promise.withResolvers<Found>();
    const look = () => {
      const found = search();
      if (found !== undefined) resolve(found);
    };
    this.lookers.add(look);
    look();
    try {
      return await Promise.race([promise, end.passed]);
    } finally {
      this.lookers.delete(look);
      end.clear();
    }
  }
}
