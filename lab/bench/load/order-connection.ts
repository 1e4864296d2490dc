import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { EXAMPLE_ORDER } from '#libs/orders';

const BODY = JSON.stringify(EXAMPLE_ORDER);
const HEAD_END = Buffer.from('\r\n\r\n');

/** Before an order is sent again that was not taken. */
const SEND_AGAIN_MS = 100;

interface Answered {
  status: number;
  body: string;
}

/**
 * A connection that stays open, with one request on it at a time. It writes and reads HTTP itself: Node's client would
 * take as much of the two cores as the api that is to be measured.
 */
export class OrderConnection {
  private readonly socket: Socket;
  private readonly head: string;
  private received: Buffer = Buffer.alloc(0);
  private waiting: PromiseWithResolvers<Answered> | undefined;
  /** Answers of 503, after which the order was sent again. */
  unavailable = 0;

  constructor(url: URL, token: string) {
    this.head = [
      `POST ${url.pathname} HTTP/1.1`,
      `host: ${url.host}`,
      `authorization: Bearer ${token}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(BODY)}`,
      'idempotency-key: ',
    ].join('\r\n');
    this.socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.socket.on('data', (bytes) => this.read(bytes));
    this.socket.on('error', (error) => this.waiting?.reject(error));
    this.socket.on('close', () => this.waiting?.reject(new Error('the connection was closed before the answer came')));
  }

  /** Places an order of its own. @returns the answer's body, once it is 202. */
  async place(): Promise<string> {
    const request = `${this.head}${randomUUID()}\r\n\r\n${BODY}`;
    for (;;) {
      const { status, body } = await this.send(request);
      if (status === 202) return body;
      if (status !== 503) throw new Error(`expected 202, got ${status}: ${body}`);
      this.unavailable += 1;
      await wait(SEND_AGAIN_MS);
    }
  }

  close(): void {
    this.waiting = undefined;
    this.socket.destroy();
  }

  private send(request: string): Promise<Answered> {
    this.waiting = Promise.withResolvers();
    this.socket.write(request);
    return this.waiting.promise;
  }

  private read(bytes: Buffer): void {
    this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.received.toString('latin1', 0, headEnd);
    const bodyStart = headEnd + HEAD_END.length;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.received.length < bodyStart + length) return;
    const body = this.received.toString('utf8', bodyStart, bodyStart + length);
    this.received = this.received.subarray(bodyStart + length);
    this.waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }
}
