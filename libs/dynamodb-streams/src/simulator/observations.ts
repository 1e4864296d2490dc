/** An invariant of the protocol that did not hold. */
export class Violation extends Error {
  override name = 'Violation';
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

/** Records what happens in a simulation: a count of each kind of event and, on request, a line for each event. */
export class Observations {
  readonly counts = new Map<string, number>();
  readonly trace: string[] | undefined;
  /** The first violation; later ones prove nothing more. */
  violation: Violation | undefined;
  private readonly nowMs: () => number;

  constructor(nowMs: () => number, traced: boolean) {
    this.nowMs = nowMs;
    this.trace = traced ? [] : undefined;
  }

  /** @param source process or part; like `about`, only for the trace */
  note(event: string, source = '', about = ''): void {
    this.counts.set(event, (this.counts.get(event) ?? 0) + 1);
    this.trace?.push(
      `${(this.nowMs() / 1_000).toFixed(3).padStart(12)} ${source.padEnd(8)} ${event} ${about}`.trimEnd(),
    );
  }

  countOf(event: string): number {
    return this.counts.get(event) ?? 0;
  }

  /** Records that an invariant is broken. */
  violate(invariant: string, detail: string): void {
    if (this.violation) return;
    this.violation = new Violation(invariant, detail);
    this.note('VIOLATION', '', this.violation.message);
  }
}
