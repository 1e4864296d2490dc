/** Says what is under way: on a terminal in one line that is overwritten, else a line each. */
export class Progress {
  private readonly beganMs = performance.now();
  private readonly steps: number;
  private done = 0;

  constructor(steps: number) {
    this.steps = steps;
  }

  /** Does one step, and tells of it while it lasts. */
  async during<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    this.done += 1;
    const seconds = Math.round((performance.now() - this.beganMs) / 1_000);
    const line = `${String(this.done).padStart(3)} of ${this.steps}  ${String(seconds).padStart(4)} s  ${what}`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    return work();
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}
