import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { aFreshOrder } from '../../../test/harness/fresh-order.ts';
import { RawConnection } from '../../raw-connection.ts';

/** An order's key is its payment reference, too. */
const KEY = randomUUID();
const BODY = JSON.stringify(aFreshOrder(KEY));
/** Before an order is sent again that was not accepted. */
const SEND_AGAIN_MS = 100;
const PATIENCE_MS = 30_000;

/**
 * Connections that stay open, as many as orders are placed at a time. They write and read HTTP themselves: Node's client
 * would take as much of the two cores as the api that is to be measured.
 */
export class OrderConnections {
  /** Answers of 503, after which the order was sent again. */
  unavailable = 0;
  private readonly url: URL;
  /** A request but for the key, which comes between these parts. */
  private readonly parts: readonly string[];
  private readonly free: RawConnection[] = [];

  constructor(url: URL, token: string) {
    this.url = url;
    const request = [
      `POST ${url.pathname} HTTP/1.1`,
      `host: ${url.host}`,
      `authorization: Bearer ${token}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(BODY)}`,
      `idempotency-key: ${KEY}`,
      '',
      BODY,
    ];
    this.parts = request.join('\r\n').split(KEY);
  }

  /** Places an order of its own. Returns the answer's body, once it is 202. */
  async place(): Promise<string> {
    const request = this.parts.join(randomUUID());
    const connection = this.free.pop() ?? new RawConnection(Number(this.url.port), PATIENCE_MS);
    for (;;) {
      const outcome = await connection.ask(request);
      if ('none' in outcome) throw new Error(outcome.none);
      const { status, body } = outcome.answer;
      if (status === 202) {
        this.free.push(connection);
        return body.toString();
      }
      if (status !== 503) throw new Error(`expected 202, got ${status}: ${body.toString()}`);
      this.unavailable += 1;
      await sleep(SEND_AGAIN_MS);
    }
  }

  close(): void {
    for (const connection of this.free) connection.close();
  }
}
