import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { moneyOf, statusChange } from '../event-line.ts';
import type { Actor, Answer, DemoPipeline } from './demo-pipeline.ts';

/** The fields of the api's answer that are shown. */
interface ShownOrder {
  orderId: string;
  status: string;
  version: number;
  total: number;
  currency: string;
  returnStatus: string;
}

const STATION_WIDTH = 14;

/** Sends one request after the other, and prints the result of each station. */
export class Story {
  private steps = 0;
  private readonly pipeline: DemoPipeline;

  constructor(pipeline: DemoPipeline) {
    this.pipeline = pipeline;
  }

  chapter(title: string): void {
    console.log(`\n${styleText('bold', title)}`);
  }

  /** Places an order with the shop's quote and waits for the decision. */
  async place(actor: Actor, what: string, order: object): Promise<ShownOrder> {
    return this.carriedOut(actor, what, '/v1/orders', await this.pipeline.quoted(actor, order));
  }

  /** Requests a change of an order and waits for it. */
  async change(actor: Actor, what: string, orderId: string, path: string, body?: object): Promise<ShownOrder> {
    return this.carriedOut(actor, what, `/v1/orders/${orderId}/${path}`, body);
  }

  /** Requests a change that is refused. */
  async refused(actor: Actor, what: string, orderId: string, path: string, body?: object): Promise<void> {
    const answer = await this.post(actor, what, `/v1/orders/${orderId}/${path}`, body);
    if (answer.status < 400) throw new Error(`expected a refusal, got ${answer.status}`);
    const { detail, allowedCommands } = answer.body as { detail: string; allowedCommands?: string[] };
    this.station('api', `${answer.status} ${answer.statusText}: ${detail}`);
    if (allowedCommands?.length) this.station('', `commands that are allowed: ${allowedCommands.join(', ')}`);
  }

  async read(actor: Actor, what: string, path: string, accept = 'application/json'): Promise<Record<string, unknown>> {
    this.step(actor, what, `GET ${path}${accept === 'application/json' ? '' : `  Accept: ${accept}`}`);
    const { status, statusText, body } = await this.pipeline.request(actor, 'GET', path, { accept });
    if (status !== 200) throw new Error(`expected 200, got ${status} ${statusText}: ${JSON.stringify(body)}`);
    return body;
  }

  station(name: string, text: string): void {
    console.log(`     ${styleText('cyan', name.padEnd(STATION_WIDTH))}${text}`);
  }

  private async carriedOut(actor: Actor, what: string, path: string, body?: object): Promise<ShownOrder> {
    const answer = await this.post(actor, what, path, body);
    if (answer.status >= 300)
      throw new Error(`expected 200 or 201, got ${answer.status}: ${JSON.stringify(answer.body)}`);
    const order = answer.body as unknown as ShownOrder;
    const { orderId, version, status, total, currency } = order;
    const worker = await this.pipeline.logLine('worker', orderId, version);
    const relay = await this.pipeline.logLine('stream-relay', orderId, version);
    const received = await this.pipeline.event(orderId, version);
    this.station('orders queue', 'the command waits for the worker');
    this.station('worker', `${worker.event}: ${status}, version ${version}`);
    this.station('stream-relay', `${relay.event}: ${received.eventName}, trace ${relay.traceId.slice(0, 8)}…`);
    this.station('accounting', `${received.event.type}: ${statusChange(received)}`);
    this.station(
      'api',
      `${answer.status} ${answer.statusText}: ${status}, ${moneyOf(total, currency)}, ETag ${answer.headers.get('etag')}`,
    );
    return order;
  }

  private post(actor: Actor, what: string, path: string, body?: object): Promise<Answer> {
    this.step(actor, what, `POST ${path}`);
    const headers = { 'idempotency-key': randomUUID(), prefer: 'wait=10' };
    return this.pipeline.request(actor, 'POST', path, headers, body);
  }

  private step({ name }: Actor, what: string, request: string): void {
    this.steps += 1;
    console.log(`\n${String(this.steps).padStart(2)}. ${name} ${what}\n     ${styleText('dim', request)}`);
  }
}
