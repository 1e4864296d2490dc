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
  /** The number of answers with 503, after which the order was sent again. */
  unavailable = 0;
  private readonly url: URL;
  /** The parts of a request between its keys. */
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

  /** Places an order with a new key. Resolves to the body of the 202. */
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
