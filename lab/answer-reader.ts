/** A received answer. Header names are in lower case; values of the same name are joined. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Whether the body is an endless stream, which is not read. */
  readonly endless: boolean;
}

const HEAD_END = '\r\n\r\n';
const STREAM = 'text/event-stream';

/** Reads answers from the bytes of a connection. */
export class AnswerReader {
  private held: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.held = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
  }

  get isEmpty(): boolean {
    return this.held.length === 0;
  }

  /**
   * Returns the next answer, or undefined until it is complete.
   * @param withoutBody whether it is the answer to HEAD
   * @param ended whether the connection has ended, which is the end of a body without a length
   * @throws Error for bytes that are not HTTP
   */
  next(withoutBody: boolean, ended: boolean): RawAnswer | undefined {
    for (;;) {
      const end = this.held.indexOf(HEAD_END);
      if (end < 0) return undefined;
      const head = headOf(this.held.subarray(0, end).toString('latin1'));
      if (head.status >= 200) return this.whole(head, end + HEAD_END.length, withoutBody, ended);
      this.held = this.held.subarray(end + HEAD_END.length);
    }
  }

  private whole(head: Head, from: number, withoutBody: boolean, ended: boolean): RawAnswer | undefined {
    const { status, headers } = head;
    const rest = this.held.subarray(from);
    const length = headers.get('content-length');
    const endless = headers.get('content-type')?.startsWith(STREAM) ?? false;
    let read: { body: Buffer; bytes: number } | undefined;
    if (withoutBody || status === 204 || status === 304 || endless) read = { body: Buffer.alloc(0), bytes: 0 };
    else if (headers.get('transfer-encoding') === 'chunked') read = unchunked(rest);
    else if (length !== undefined) {
      const bytes = Number(length);
      read = rest.length < bytes ? undefined : { body: rest.subarray(0, bytes), bytes };
    } else if (ended) read = { body: rest, bytes: rest.length };
    if (!read) return undefined;
    this.held = rest.subarray(read.bytes);
    return { status, headers, body: read.body, endless };
  }
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

function headOf(text: string): Head {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined) throw new Error(`expected a status line, got ${JSON.stringify(statusLine.slice(0, 100))}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`expected a header, got ${JSON.stringify(line.slice(0, 100))}`);
    const earlier = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), earlier === undefined ? value! : `${earlier}, ${value}`);
  }
  return { status: Number(status), headers };
}

function unchunked(bytes: Buffer): { body: Buffer; bytes: number } | undefined {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16);
    const next = end + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(pieces), bytes: next };
    pieces.push(bytes.subarray(end + 2, end + 2 + size));
    at = next;
  }
}
