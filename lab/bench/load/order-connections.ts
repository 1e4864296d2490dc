import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { aFreshOrder } from '../../../test/harness/fresh-order.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
/** A key of an order has as many characters, so that all bodies are equally long. */
const REFERENCE = randomUUID();
const [BEFORE_REFERENCE = '', AFTER_REFERENCE = ''] = JSON.stringify(aFreshOrder(REFERENCE)).split(REFERENCE);
const BODY_BYTES = Buffer.byteLength(BEFORE_REFERENCE + REFERENCE + AFTER_REFERENCE);

/** Before an order is sent again that was not accepted. */
const SEND_AGAIN_MS = 100;

interface Answered {
  status: number;
  body: string;
}

/** Connections that stay open, as many as orders are placed at a time. */
export class OrderConnections {
  private readonly url: URL;
  private readonly token: string;
  private readonly all: OrderConnection[] = [];
  private readonly free: OrderConnection[] = [];

  constructor(url: URL, token: string) {
    this.url = url;
    this.token = token;
  }

  /** Answers of 503, after which the order was sent again. */
  get unavailable(): number {
    return this.all.reduce((sum, connection) => sum + connection.unavailable, 0);
  }

  /** Places an order of its own. Returns the answer's body, once it is 202. */
  async place(): Promise<string> {
    const connection = this.free.pop() ?? this.another();
    const body = await connection.place();
    this.free.push(connection);
    return body;
  }

  close(): void {
    for (const connection of this.all) connection.close();
  }

  private another(): OrderConnection {
    const connection = new OrderConnection(this.url, this.token);
    this.all.push(connection);
    return connection;
  }
}

/**
 * A connection with one request on it at a time. It writes and reads HTTP itself: Node's client would take as much of the
 * two cores as the api that is to be measured.
 */
class OrderConnection {
  private readonly socket: Socket;
  private readonly head: string;
  private received: Buffer = Buffer.alloc(0);
  private waiting: PromiseWithResolvers<Answered> | undefined;
  unavailable = 0;

  constructor(url: URL, token: string) {
    this.head = [
      `POST ${url.pathname} HTTP/1.1`,
      `host: ${url.host}`,
      `authorization: Bearer ${token}`,
      'content-type: application/json',
      `content-length: ${BODY_BYTES}`,
      'idempotency-key: ',
    ].join('\r\n');
    this.socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.socket.on('data', (bytes) => this.read(bytes));
    this.socket.on('error', (error) => this.waiting?.reject(error));
    this.socket.on('close', () => this.waiting?.reject(new Error('the connection was closed before the answer came')));
  }

  async place(): Promise<string> {
    const key = randomUUID();
    const request = `${this.head}${key}\r\n\r\n${BEFORE_REFERENCE}${key}${AFTER_REFERENCE}`;
    for (;;) {
      const { status, body } = await this.send(request);
      if (status === 202) return body;
      if (status !== 503) throw new Error(`expected 202, got ${status}: ${body}`);
      this.unavailable += 1;
      await sleep(SEND_AGAIN_MS);
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
