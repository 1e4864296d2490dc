import { setTimeout as sleep } from 'node:timers/promises';
import { anOrderRequest } from '../../libs/orders/src/testing/order-factory.ts';
import type { Pipeline } from '../harness/pipeline.ts';

interface FeedEvent {
  id: string | undefined;
  event: string | undefined;
  data: { status?: string; change?: { event: string; version: number }; order?: { version: number; status: string } };
}

/** Reads server-sent events, as a browser's EventSource would. */
class FeedReader {
  readonly events: FeedEvent[] = [];
  /** How the stream ended: the api finished the answer, or the connection was cut. */
  readonly ended: Promise<'finished' | 'cut'>;

  constructor(
    readonly response: Response,
    private readonly aborting: AbortController,
  ) {
    this.ended = this.read().then(
      () => 'finished' as const,
      () => 'cut' as const,
    );
  }

  static async open(url: string, token: string, headers: Record<string, string> = {}): Promise<FeedReader> {
    const aborting = new AbortController();
    const authorization = `Bearer ${token}`;
    const response = await fetch(url, { headers: { authorization, ...headers }, signal: aborting.signal });
    return new FeedReader(response, aborting);
  }

  /** The events so far, as soon as there are this many. */
  async atLeast(count: number): Promise<FeedEvent[]> {
    while (this.events.length < count) {
      const ended = await Promise.race([sleep(20), this.ended]);
      if (ended) throw new Error(`expected ${count} events, the stream was ${ended} after ${this.events.length}`);
    }
    return this.events;
  }

  async close(): Promise<void> {
    this.aborting.abort();
    await this.ended;
  }

  private async read(): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of this.response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const frames = text.split('\n\n');
      text = frames.pop() as string;
      for (const frame of frames) this.take(frame);
    }
  }

  private take(frame: string): void {
    const fields = new Map(
      frame.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    const data = fields.get('data');
    if (data !== undefined)
      this.events.push({
        id: fields.get('id'),
        event: fields.get('event'),
        data: JSON.parse(data) as FeedEvent['data'],
      });
  }
}

export function orderFeedTests(running: () => Pipeline): void {
  let pipeline: Pipeline;
  let customer: string;
  let fulfillment: string;

  beforeAll(async () => {
    pipeline = running();
    customer = await pipeline.token('cust-1');
    fulfillment = await pipeline.token('warehouse', 'fulfillment');
  });

  async function feed(orderId: string, headers = {}, token = customer): Promise<FeedReader> {
    const path = `/v1/orders/${orderId}/events`;
    const reader = await FeedReader.open(`${pipeline.url}${path}`, token, headers);
    const { status, headers: answered } = reader.response;
    const contentType = answered.get('content-type') ?? '';
    pipeline.openApi.assertDescribes({ method: 'GET', path, status, contentType, body: undefined });
    return reader;
  }

  it('sends the order, then each change, and after a reconnect the missed changes', async () => {
    await pipeline.suspend('worker');
    const orderId = await pipeline.accepted(customer, anOrderRequest());
    const reader = await feed(orderId);
    expect(reader.response.headers.get('content-type')).toBe('text/event-stream');
    const [pending] = await reader.atLeast(1);
    await pipeline.resume('worker');
    expect(pending).toMatchObject({ id: undefined, event: 'snapshot', data: { orderId, status: 'PENDING' } });
    const [, confirmed] = await reader.atLeast(2);
    expect(confirmed).toMatchObject({ id: '1', event: 'change', data: { change: { event: 'confirmed' } } });
    await reader.close();

    await pipeline.changed(fulfillment, orderId, 'fulfillment');
    await pipeline.changed(fulfillment, orderId, 'shipments', {
      carrier: 'DHL',
      trackingNumber: 'JD01',
      items: [{ lineNumber: 1, quantity: 2 }],
    });
    const again = await feed(orderId, { 'last-event-id': '1' });
    const missed = await again.atLeast(2);
    expect(missed.map(({ id, data }) => [id, data.change?.event])).toEqual([
      ['2', 'fulfillment_started'],
      ['3', 'shipped'],
    ]);
    await pipeline.changed(fulfillment, orderId, 'shipments/1/delivery');
    const [, , delivered] = await again.atLeast(3);
    expect(delivered).toMatchObject({ id: '4', data: { order: { status: 'DELIVERED' } } });
    await again.close();

    const anew = await feed(orderId, { 'last-event-id': 'nonsense' });
    expect((await anew.atLeast(1))[0]).toMatchObject({ id: '4', event: 'snapshot', data: { status: 'DELIVERED' } });
    await anew.close();
  });

  it('has room again after clients that never read it', async () => {
    const orderId = await pipeline.accepted(customer, anOrderRequest());
    for (let n = 0; n < 40; n += 1) {
      const { status } = await fetch(`${pipeline.url}/v1/orders/${orderId}/events`, {
        method: 'HEAD',
        headers: { authorization: `Bearer ${customer}` },
      });
      expect(status).toBe(200);
      await (await feed(orderId)).close();
    }
    const reader = await feed(orderId);
    expect(await reader.atLeast(1)).toHaveLength(1);
    await reader.close();
  });

  it('answers 429 to a caller that reads more than twenty feeds at a time, and to no other caller', async () => {
    const orderId = await pipeline.accepted(customer, anOrderRequest());
    await pipeline.decided(customer, orderId);
    const readers = await Promise.all(Array.from({ length: 20 }, () => feed(orderId)));
    await Promise.all(readers.map((reader) => reader.atLeast(1)));
    expect((await pipeline.request(`/v1/orders/${orderId}/events`, customer)).status).toBe(429);
    const others = await feed(orderId, {}, fulfillment);
    expect(await others.atLeast(1)).toHaveLength(1);
    await Promise.all([others, ...readers].map((reader) => reader.close()));
  });

  it('is hidden from other customers', async () => {
    const orderId = await pipeline.accepted(customer, anOrderRequest());
    const stranger = await pipeline.token('cust-2');
    expect((await pipeline.request(`/v1/orders/${orderId}/events`, stranger)).status).toBe(404);
  });

  it('ends without an error when the api stops', async () => {
    const orderId = await pipeline.accepted(customer, anOrderRequest());
    const readers = await Promise.all(Array.from({ length: 20 }, () => feed(orderId)));
    await Promise.all(readers.map((reader) => reader.atLeast(1)));
    const from = pipeline.logs.lines.length;
    await pipeline.signal('api', 'SIGTERM');
    // The api cuts the connections that are still open 10 s after the signal: it ended these before.
    expect(await Promise.all(readers.map(({ ended }) => ended))).toEqual(readers.map(() => 'finished'));
    const lines = pipeline.logs.lines.slice(from).filter(({ service }) => service === 'api');
    expect(lines.map(({ event }) => event)).toContain('service_stopped');
  });
}
