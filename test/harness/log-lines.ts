import { Arrivals } from './arrivals.ts';

/** A line of the one log scheme. */
export interface LogLine {
  service: string;
  event: string;
  orderId?: string;
  traceId?: string;
  [field: string]: unknown;
}

/** What the processes of a pipeline wrote. */
export class LogLines {
  readonly lines: LogLine[] = [];
  /** Everything as written, for what must never be in a log. */
  readonly text: string[] = [];
  private readonly arrivals = new Arrivals();

  readonly write = (_name: string, line: string): void => {
    this.text.push(line);
    if (line.startsWith('{')) this.lines.push(JSON.parse(line) as LogLine);
    this.arrivals.announce();
  };

  /** The first line from position `from` on that matches, as soon as it is written. */
  find(
    what: string,
    matches: (line: LogLine) => boolean,
    { from = 0, timeoutMs }: { from?: number; timeoutMs?: number | undefined } = {},
  ): Promise<LogLine> {
    return this.arrivals.first(`log line: ${what}`, () => this.lines.slice(from).find(matches), timeoutMs);
  }
}
