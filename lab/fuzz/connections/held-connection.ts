import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AnswerReader, type RawAnswer } from '../http/answer-reader.ts';

/** A connection that is used as no client should; remembers all that came back, and when it was closed. */
export class HeldConnection {
  readonly socket: Socket;
  private readonly received: Buffer[] = [];
  private readonly beganMs = performance.now();
  private closedMs: number | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    // Each wait for an answer listens once.
    socket.setMaxListeners(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => this.received.push(chunk));
    socket.on('close', () => (this.closedMs = performance.now() - this.beganMs));
  }

  static async open(port: number): Promise<HeldConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: false });
    const held = new HeldConnection(socket);
    await once(socket, 'connect');
    return held;
  }

  /** After how long it was closed. */
  get closedAfterMs(): number | undefined {
    return this.closedMs;
  }

  /** Once the api has closed it, or the time is up. */
  async closed(withinMs: number): Promise<boolean> {
    if (this.closedMs === undefined)
      await once(this.socket, 'close', { signal: AbortSignal.timeout(withinMs) }).catch(() => undefined);
    return this.closedMs !== undefined;
  }

  /** The answers that came whole. */
  get answers(): RawAnswer[] {
    const reader = new AnswerReader();
    reader.push(Buffer.concat(this.received));
    const answers: RawAnswer[] = [];
    for (let answer = reader.next(false, true); answer; answer = reader.next(false, true)) answers.push(answer);
    return answers;
  }

  /** Once so many answers are there, the connection is closed, or the time is up. */
  async answered(count: number, withinMs: number): Promise<RawAnswer[]> {
    const signal = AbortSignal.timeout(withinMs);
    while (this.answers.length < count && this.closedMs === undefined && !signal.aborted) {
      await Promise.race([once(this.socket, 'data', { signal }), once(this.socket, 'close', { signal })]).catch(
        () => undefined,
      );
    }
    return this.answers;
  }

  drop(): void {
    this.socket.destroy();
  }
}
