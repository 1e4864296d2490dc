import { Problem, RETRY_SOON } from './problem.ts';

/**
 * Bounds how many requests of one kind are served at a time: for one caller, and in this process. Both bounds are answered
 * with 429, because callers alone can reach them: a 5xx would raise the alarm for a broken service.
 */
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
   * @throws Problem `too-many-requests`
   */
  take(subject: string): () => void {
    const { ofCaller, ofProcess } = this.limits;
    if (this.of(subject) >= ofCaller) throw tooMany(`over ${ofCaller} ${this.what} of this caller at a time`);
    if (this.all >= ofProcess) throw tooMany(`over ${ofProcess} ${this.what} of all callers at a time`);
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

function tooMany(detail: string): Problem {
  return new Problem('too-many-requests', detail, { headers: RETRY_SOON });
}
