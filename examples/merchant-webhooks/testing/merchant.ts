import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { ArrivalSignal } from '../../../test/harness/arrival-signal.ts';

export interface Received {
  readonly webhookId: string;
  /** Order id and version. */
  readonly event: string;
  /** What `standardwebhooks` says about the signature; undefined if it is right. */
  readonly signatureError: string | undefined;
  readonly status: number | undefined;
}

/** How a merchant answers: a status, with headers; `hang` answers nothing. */
export type Reply = number | readonly [number, Record<string, string>] | 'hang';

/** The HTTP server of a merchant. It keeps the webhooks in order of arrival. */
export class Merchant {
  readonly secret = `whsec_${randomBytes(24).toString('base64')}`;
  readonly received: Received[] = [];
  /** Decides the answer to each webhook. */
  reply: (event: string) => Reply | Promise<Reply> = () => 204;
  private readonly arrived = new ArrivalSignal();
  private readonly server = createServer((request, response) => void this.take(request, response));

  static async start(): Promise<Merchant> {
    const merchant = new Merchant();
    await once(merchant.server.listen(0, '127.0.0.1'), 'listening');
    return merchant;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hooks`;
  }

  get events(): string[] {
    return this.received.map(({ event }) => event);
  }

  waitFor(count: number): Promise<Received[]> {
    return this.arrived.waitFor(`${count} webhooks`, () => (this.received.length >= count ? this.received : undefined));
  }

  waitForDistinct(count: number): Promise<unknown> {
    return this.arrived.waitFor(`${count} webhooks`, () => new Set(this.events).size >= count || undefined);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const { id } = JSON.parse(body) as { id: string };
    const reply = await this.reply(id);
    const [status, headers] = typeof reply === 'object' ? reply : [reply === 'hang' ? undefined : reply, {}];
    this.received.push({
      webhookId: String(request.headers['webhook-id']),
      event: id,
      signatureError: this.signatureError(body, request),
      status,
    });
    this.arrived.notify();
    if (status !== undefined) response.writeHead(status, headers).end('received');
  }

  private signatureError(body: string, { headers }: IncomingMessage): string | undefined {
    try {
      new Webhook(this.secret).verify(body, headers as Record<string, string>);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
