import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { aFreshOrder } from '#libs/orders';
import { RawConnection } from '../../raw-connection.ts';

/** The placeholder of an order's Idempotency-Key, which is also its payment reference. */
const KEY = randomUUID();
const BODY = JSON.stringify(aFreshOrder(KEY));
/** The pause before a refused order is sent again. */
const SEND_AGAIN_MS = 100;
const PATIENCE_MS = 30_000;

/**
 * Connections that stay open, one for each concurrent order. They write and read HTTP themselves, because Node's client would
 * take as much CPU time as the measured api.
 */
export class OrderConnections {
  /** The number of answers with 503, and of connections that were closed without an answer. */
  unavailable = 0;
  private readonly url: URL;
  private readonly tokens: readonly string[];
  /** The parts of a request between its keys, without its first lines. */
  private readonly parts: readonly string[];
  private readonly free: RawConnection[] = [];
  private placed = 0;

  /** @param tokens of the customers, who order in turn */
  constructor(url: URL, tokens: readonly string[]) {
    this.url = url;
    this.tokens = tokens;
    const request = [
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(BODY)}`,
      `idempotency-key: ${KEY}`,
      '',
      BODY,
    ];
    this.parts = request.join('\r\n').split(KEY);
  }

  /** Places an order with a new key, and sends it again while it is refused with 503. Resolves to the body of the 202. */
  async place(): Promise<string> {
    const request = this.newOrder();
    for (;;) {
      const accepted = await this.send(request);
      if (accepted !== undefined) return accepted;
      await sleep(SEND_AGAIN_MS);
    }
  }

  /** Sends an order with a new key once. Resolves to the body of the 202, or to undefined after a 503. */
  offer(): Promise<string | undefined> {
    return this.send(this.newOrder());
  }

  close(): void {
    for (const connection of this.free) connection.close();
  }

  private newOrder(): string {
    const token = this.tokens[(this.placed += 1) % this.tokens.length];
    const { pathname, host } = this.url;
    const first = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n`;
    return first + this.parts.join(randomUUID());
  }

  private async send(request: string): Promise<string | undefined> {
    const connection = this.free.pop() ?? new RawConnection(Number(this.url.port), PATIENCE_MS);
    const outcome = await connection.ask(request);
    this.free.push(connection);
    if ('answer' in outcome) {
      const { status, body } = outcome.answer;
      if (status === 202) return body.toString();
      if (status !== 503) throw new Error(`expected 202, got ${status}: ${body.toString()}`);
    }
    this.unavailable += 1;
    return undefined;
  }
}
