import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AnswerReader, type RawAnswer } from './answer-reader.ts';

/** The outcome of a request: an answer, or the reason why there is none. */
export type Outcome = { readonly answer: RawAnswer; readonly tookMs: number } | { readonly none: string };

/** The reason for a connection that was closed before the first byte of an answer. */
const CLOSED = 'closed without an answer';

/** A connection for any bytes. It keeps the complete answers, and the time of its end. */
export class HeldConnection {
  readonly socket: Socket;
  readonly answers: RawAnswer[] = [];
  /** The time until it was closed; undefined while it is open. */
  closedAfterMs: number | undefined;
  /** Whether the next answer is that of a HEAD request. */
  withoutBody = false;
  private readonly reader = new AnswerReader();
  private readonly startedMs = performance.now();
  private changed: () => void = () => undefined;
  private ended = CLOSED;
  /** The error when the received bytes are not HTTP. */
  private malformed: string | undefined;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
      .on('data', (chunk) => {
        this.reader.push(chunk);
        this.read();
      })
      .on('error', (error: NodeJS.ErrnoException) => (this.ended = `${CLOSED}: ${error.code ?? error.message}`))
      .on('close', () => {
        this.closedAfterMs = performance.now() - this.startedMs;
        this.read();
      });
  }

  static async open(port: number): Promise<HeldConnection> {
    const held = new HeldConnection(port);
    await once(held.socket, 'connect');
    return held;
  }

  /** The reason why there is no answer. */
  get reason(): string {
    return this.malformed ?? (this.reader.isEmpty ? this.ended : 'closed in the middle of an answer');
  }

  /** Resolves to whether the api closes it within this time. */
  async closed(withinMs: number): Promise<boolean> {
    await this.until(() => false, withinMs);
    return this.closedAfterMs !== undefined;
  }

  /** Resolves to the answers once there are this many, the connection is closed, or the time is up. */
  async answered(count: number, withinMs: number): Promise<readonly RawAnswer[]> {
    await this.until(() => this.answers.length >= count, withinMs);
    return this.answers;
  }

  drop(): void {
    this.socket.destroy();
  }

  private async until(isReached: () => boolean, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!isReached() && this.closedAfterMs === undefined) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.changed = resolve;
        timer = setTimeout(resolve, leftMs);
      });
      clearTimeout(timer);
    }
  }

  private read(): void {
    try {
      while (!this.answers.at(-1)?.endless) {
        const answer = this.reader.next(this.withoutBody, this.closedAfterMs !== undefined);
        if (!answer) break;
        this.answers.push(answer);
      }
    } catch (error) {
      this.malformed = (error as Error).message;
      this.drop();
    }
    this.changed();
  }
}

/** A client that sends any bytes, one request after the other, on a connection that stays open. */
export class RawConnection {
  private readonly port: number;
  private readonly patienceMs: number;
  private held: HeldConnection | undefined;

  constructor(port: number, patienceMs: number) {
    this.port = port;
    this.patienceMs = patienceMs;
  }

  /** Sends a request and waits for the answer. If the kept connection was closed, it tries once more on a new one. */
  async ask(bytes: Buffer | string, withoutBody = false): Promise<Outcome> {
    const reused = this.held !== undefined;
    const outcome = await this.askOnce(bytes, withoutBody);
    return 'none' in outcome && outcome.none.startsWith(CLOSED) && reused ? this.askOnce(bytes, withoutBody) : outcome;
  }

  close(): void {
    this.held?.drop();
    this.held = undefined;
  }

  private async askOnce(bytes: Buffer | string, withoutBody: boolean): Promise<Outcome> {
    const held = (this.held ??= new HeldConnection(this.port));
    const startedMs = performance.now();
    held.withoutBody = withoutBody;
    held.socket.write(bytes);
    await held.answered(1, this.patienceMs);
    const answer = held.answers.shift();
    const isOver = held.closedAfterMs !== undefined;
    if (!answer || isOver || answer.endless || answer.headers.get('connection') === 'close') this.close();
    if (answer) return { answer, tookMs: performance.now() - startedMs };
    return { none: isOver ? held.reason : `no answer in ${this.patienceMs} ms` };
  }
}
