import { setTimeout as sleep } from 'node:timers/promises';
import { readOrderEvent, type ReceivedOrderEvent } from '#libs/order-events';
import type { Role } from '#libs/orders';
import { followQueue } from '../aws/queue-reader.ts';
import { LocalPipeline } from '../local-pipeline.ts';
import { reconciled } from '../reconciliation.ts';

/** In minor units; the wholesale order of the demo is above it. */
export const APPROVAL_LIMIT = 100_000;

/** Logs in JSON, prices that the shop has signed, and a limit above which the wholesale order of the example awaits approval. */
const APP_ENV = {
  LOG_PRETTY: '0',
  LOG_LEVEL: 'info',
  PRICING: 'quote',
  WHOLESALE_APPROVAL_LIMIT: `EUR:${APPROVAL_LIMIT}`,
};
const PATIENCE_MS = 30_000;

/** A line of a service's log about an order. */
interface OrderLogLine {
  service: string;
  event: string;
  orderId: string;
  version: number;
  traceId: string;
}

export interface Actor {
  name: string;
  subject: string;
  token: string;
}

/** An answer of the api. */
export type Answer = Awaited<ReturnType<DemoPipeline['request']>>;

/** A pipeline on ports of its own. It keeps the log lines, and the events that accounting receives. */
export class DemoPipeline {
  private readonly pipeline: LocalPipeline;
  private readonly lines: OrderLogLine[];
  private readonly events: ReceivedOrderEvent[] = [];
  private readonly stopping = new AbortController();
  private readonly reading: Promise<void>;

  private constructor(pipeline: LocalPipeline, lines: OrderLogLine[]) {
    this.pipeline = pipeline;
    this.lines = lines;
    const { clients, aws } = pipeline;
    const queueUrl = aws.resources.consumerQueueUrls.accounting;
    this.reading = followQueue(
      { sqs: clients.sqs, queueUrl, waitSeconds: 20, signal: this.stopping.signal },
      ({ Body = '' }) => void this.events.push(readOrderEvent(Body)),
    );
  }

  static async start(): Promise<DemoPipeline> {
    const lines: OrderLogLine[] = [];
    const written: string[] = [];
    const write = (_name: string, line: string): void => {
      written.push(line);
      if (line.startsWith('{')) lines.push(JSON.parse(line) as OrderLogLine);
    };
    try {
      return new DemoPipeline(await LocalPipeline.start({ write, given: process.env, env: APP_ENV }), lines);
    } catch (error) {
      throw new Error(`the pipeline did not start:\n${written.join('\n')}`, { cause: error });
    }
  }

  async actor(name: string, ...roles: Role[]): Promise<Actor> {
    return { name: `${name} (${roles.join(', ')})`, subject: name, token: await this.pipeline.token(name, ...roles) };
  }

  /** The order with the shop's quote for this customer. */
  async quoted({ subject }: Actor, order: object): Promise<object> {
    return { ...order, quote: await this.pipeline.issuer.quote(subject, order) };
  }

  async request({ token }: Actor, method: string, path: string, headers: Record<string, string>, body?: object) {
    const response = await fetch(`${this.pipeline.apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const isJson = response.headers.get('content-type')?.includes('json');
    const answer = isJson
      ? ((await response.json()) as Record<string, unknown>)
      : { bytes: (await response.bytes()).length };
    return { status: response.status, statusText: response.statusText, headers: response.headers, body: answer };
  }

  /** Resolves to the log line of a service about this version of an order, once it is there. */
  logLine(service: string, orderId: string, version: number): Promise<OrderLogLine> {
    const isIt = (line: OrderLogLine) =>
      line.service === service && line.orderId === orderId && line.version === version;
    return this.eventually(`a line of ${service} on ${orderId}:${version}`, () => this.lines.find(isIt));
  }

  /** Resolves to the event of this version of an order, once accounting has received it. */
  event(orderId: string, version: number): Promise<ReceivedOrderEvent> {
    const isIt = (event: ReceivedOrderEvent) => event.orderId === orderId && event.version === version;
    return this.eventually(`the event ${orderId}:${version}`, () => this.events.find(isIt));
  }

  /** Compares all orders with their documents, events and payment claims. */
  reconciled() {
    return reconciled(this.pipeline.aws);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.reading;
    await this.pipeline.stop();
  }

  private async eventually<Found>(what: string, find: () => Found | undefined): Promise<Found> {
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(10)) {
      const found = find();
      if (found) return found;
    }
    throw new Error(`expected ${what} within ${PATIENCE_MS / 1_000} s, got none`);
  }
}
