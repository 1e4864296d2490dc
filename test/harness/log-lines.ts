import { ArrivalSignal } from './arrival-signal.ts';

/** A log line; all services use the same fields. */
export interface LogLine {
  service: string;
  event: string;
  orderId?: string;
  traceId?: string;
  [field: string]: unknown;
}

/** The output of the processes of a pipeline. */
export class LogLines {
  readonly lines: LogLine[] = [];
  /** All output as it was written, to search for what must never be logged. */
  readonly text: string[] = [];
  private readonly written = new ArrivalSignal();

  readonly write = (_name: string, line: string): void => {
    this.text.push(line);
    if (line.startsWith('{')) this.lines.push(JSON.parse(line) as LogLine);
    this.written.notify();
  };

  /** Waits for the first matching line, from position `from` on. */
  find(what: string, matches: (line: LogLine) => boolean, { from = 0 }: { from?: number } = {}): Promise<LogLine> {
    return this.written.waitFor(`log line: ${what}`, () => this.lines.slice(from).find(matches));
  }
}
