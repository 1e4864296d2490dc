import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { readOrderEvent, type ReceivedOrderEvent } from '#libs/order-events';
import type { Role } from '#libs/orders';
import { requestToken } from '../auth/token-request.ts';
import { awsClients, type AwsClients } from '../aws/aws-clients.ts';
import type { LocalAws } from '../aws/local-aws.ts';
import { LocalRun } from '../local-run.ts';
import { portVariables, type Ports } from '../ports.ts';
import { freePorts } from '../taken-ports.ts';

/** Logs as programs read them, and a limit from which the example of a wholesale order awaits approval. */
const APP_ENV = { LOG_PRETTY: '0', LOG_LEVEL: 'info', WHOLESALE_APPROVAL_LIMIT: '100000' };
const PATIENCE_MS = 30_000;

/** A line of a service's log that tells of an order. */
export interface OrderLogLine {
  service: string;
  event: string;
  orderId: string;
  version: number;
  traceId: string;
}

/** Who asks. */
export interface Actor {
  name: string;
  token: string;
}

/** An answer of the api. */
export interface Answer {
  status: number;
  statusText: string;
  headers: Headers;
  body: Record<string, unknown>;
}

/** The whole pipeline on ports of its own, with an ear at every station. */
export class Stage {
  private readonly run: LocalRun;
  private readonly aws: LocalAws;
  private readonly ports: Ports;
  private readonly clients: AwsClients;
  private readonly lines: OrderLogLine[];
  private readonly events: ReceivedOrderEvent[] = [];
  private readonly stopping = new AbortController();
  private readonly reading: Promise<void>;

  private constructor(run: LocalRun, aws: LocalAws, ports: Ports, lines: OrderLogLine[]) {
    this.run = run;
    this.aws = aws;
    this.ports = ports;
    this.lines = lines;
    this.clients = awsClients(aws.env);
    this.reading = this.readEvents(this.clients.sqs);
  }

  static async start(): Promise<Stage> {
    const free = await freePorts(portVariables.length);
    const ports = Object.fromEntries(portVariables.map((name, index) => [name, free[index]])) as unknown as Ports;
    const lines: OrderLogLine[] = [];
    const told: string[] = [];
    const write = (_name: string, line: string): void => {
      told.push(line);
      if (line.startsWith('{')) lines.push(JSON.parse(line) as OrderLogLine);
    };
    const run = new LocalRun({ ports, watch: false, write, env: APP_ENV });
    try {
      return new Stage(run, await run.start(), ports, lines);
    } catch (error) {
      await run.stop();
      throw new Error(`the pipeline did not start:\n${told.join('\n')}`, { cause: error });
    }
  }

  async actor(name: string, ...roles: Role[]): Promise<Actor> {
    return {
      name: `${name} (${roles.join(', ')})`,
      token: await requestToken(this.ports.AUTH_PORT, { sub: name, roles }),
    };
  }

  async ask(
    { token }: Actor,
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: object,
  ): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.ports.API_PORT}${path}`, {
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

  /** What a service logged of this version of an order, as soon as it has. */
  logLine(service: string, orderId: string, version: number): Promise<OrderLogLine> {
    const isIt = (line: OrderLogLine) =>
      line.service === service && line.orderId === orderId && line.version === version;
    return this.soon(`a line of ${service} on ${orderId}:${version}`, () => this.lines.find(isIt));
  }

  /** The event of this version of an order, as soon as accounting has it on its queue. */
  event(orderId: string, version: number): Promise<ReceivedOrderEvent> {
    const isIt = (event: ReceivedOrderEvent) => event.orderId === orderId && event.version === version;
    return this.soon(`the event ${orderId}:${version}`, () => this.events.find(isIt));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.reading;
    this.clients.destroy();
    await this.run.stop();
  }

  private async soon<Found>(what: string, look: () => Found | undefined): Promise<Found> {
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
      const found = look();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`expected ${what} within ${PATIENCE_MS / 1_000} s, none came`);
  }

  private async readEvents(sqs: SQSClient): Promise<void> {
    const QueueUrl = this.aws.resources.consumerQueueUrls.accounting;
    const { signal: abortSignal } = this.stopping;
    try {
      while (!abortSignal.aborted) {
        const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 });
        const { Messages = [] } = await sqs.send(receive, { abortSignal });
        if (Messages.length === 0) continue;
        this.events.push(...Messages.map(({ Body = '' }) => readOrderEvent(Body)));
        const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      }
    } catch (error) {
      if (!abortSignal.aborted) throw error;
    }
  }
}
