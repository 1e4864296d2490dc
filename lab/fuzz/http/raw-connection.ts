import { connect, type Socket } from 'node:net';
import { AnswerReader, type RawAnswer } from './answer-reader.ts';

/** What came of a request: an answer, or why there is none. */
export type Outcome = { readonly answer: RawAnswer; readonly tookMs: number } | { readonly none: string };

/** A client that sends the bytes it is told and holds its connection open: one request after the other. */
export class RawConnection {
  private readonly port: number;
  private readonly patienceMs: number;
  private socket: Socket | undefined;
  private reader = new AnswerReader();
  private wake: () => void = () => undefined;
  private ended: string | undefined;

  constructor(port: number, patienceMs: number) {
    this.port = port;
    this.patienceMs = patienceMs;
  }

  /** Sends and waits for the answer. A connection that was closed meanwhile is made anew, once. */
  async ask(bytes: Buffer, withoutBody: boolean): Promise<Outcome> {
    const reused = this.socket !== undefined;
    const outcome = await this.askOnce(bytes, withoutBody);
    return 'none' in outcome && outcome.none.startsWith(CLOSED) && reused ? this.askOnce(bytes, withoutBody) : outcome;
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private async askOnce(bytes: Buffer, withoutBody: boolean): Promise<Outcome> {
    const socket = (this.socket ??= this.open());
    const beganMs = performance.now();
    socket.write(bytes);
    try {
      const answer = await this.answer(withoutBody);
      if (answer.endless || answer.headers.get('connection') === 'close' || this.ended) this.close();
      return { answer, tookMs: performance.now() - beganMs };
    } catch (error) {
      this.close();
      return { none: (error as Error).message };
    }
  }

  private async answer(withoutBody: boolean): Promise<RawAnswer> {
    const deadline = performance.now() + this.patienceMs;
    for (;;) {
      const answer = this.reader.next(withoutBody, this.ended !== undefined);
      if (answer) return answer;
      if (this.ended !== undefined)
        throw new Error(this.reader.isEmpty ? this.ended : 'closed in the middle of an answer');
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`no answer in ${this.patienceMs} ms`);
      await this.something(leftMs);
    }
  }

  private async something(patienceMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, patienceMs);
    });
    clearTimeout(timer);
  }

  private open(): Socket {
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    const reader = new AnswerReader();
    this.reader = reader;
    this.ended = undefined;
    const end = (reason: string): void => {
      if (this.reader !== reader) return;
      this.ended ??= reason;
      this.wake();
    };
    socket.on('data', (chunk) => {
      reader.push(chunk);
      if (this.reader === reader) this.wake();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => end(`${CLOSED}: ${error.code ?? error.message}`));
    socket.on('close', () => end(CLOSED));
    return socket;
  }
}

/** Without a byte of an answer. */
const CLOSED = 'closed without an answer';
