import { Problem, RETRY_SOON, unavailable } from './problem.ts';

/** Bounds how many requests of one kind are served at a time: for one caller, and in this process. */
export class Slots {
  private readonly taken = new Map<string, number>();
  private all = 0;

  /** @param what the kind in the plural, for error texts. */
  constructor(
    private readonly what: string,
    private readonly limits: { ofCaller: number; ofProcess: number },
  ) {}

  /**
   * Takes a slot; the returned function frees it.
   * @throws Problem `too-many-requests` for the bound of the caller, `unavailable` for the bound of the process.
   */
  take(subject: string): () => void {
    const { ofCaller, ofProcess } = this.limits;
    if (this.of(subject) >= ofCaller) {
      throw new Problem('too-many-requests', `over ${ofCaller} ${this.what} at a time`, { headers: RETRY_SOON });
    }
    if (this.all >= ofProcess) throw unavailable(`${ofProcess} ${this.what} are in progress`);
    this.add(subject, 1);
    let isFree = false;
    return () => {
      if (!isFree) this.add(subject, -1);
      isFree = true;
    };
  }

  /** Whether a caller can take a slot now. */
  hasFree(subject: string): boolean {
    return this.of(subject) < this.limits.ofCaller && this.all < this.limits.ofProcess;
  }

  private of(subject: string): number {
    return this.taken.get(subject) ?? 0;
  }

  private add(subject: string, change: 1 | -1): void {
    const count = this.of(subject) + change;
    this.all += change;
    if (count > 0) this.taken.set(subject, count);
    else this.taken.delete(subject);
  }
}
