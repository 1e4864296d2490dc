import { deadline } from './deadline.ts';

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
  private readonly listeners = new Set<() => void>();

  readonly write = (_name: string, line: string): void => {
    this.text.push(line);
    if (line.startsWith('{')) this.lines.push(JSON.parse(line) as LogLine);
    for (const listener of this.listeners) listener();
  };

  /** The first line from position `from` on that matches, as soon as it is written. */
  async find(
    what: string,
    matches: (line: LogLine) => boolean,
    { from = 0, timeoutMs }: { from?: number; timeoutMs?: number | undefined } = {},
  ): Promise<LogLine> {
    const end = deadline(`log line: ${what}`, timeoutMs);
    const { promise, resolve } = Promise.withResolvers<LogLine>();
    const look = () => {
      const found = this.lines.slice(from).find(matches);
      if (found) resolve(found);
    };
    this.listeners.add(look);
    look();
    try {
      return await Promise.race([promise, end.passed]);
    } finally {
      this.listeners.delete(look);
      end.clear();
    }
  }
}
