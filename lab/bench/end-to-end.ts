import { setTimeout as wait } from 'node:timers/promises';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { eventConsumers } from '#libs/resources';
import { appEnvironments, appNames, appPorts } from '../../local/apps.ts';
import { startLocalIssuer } from '../../local/auth/local-issuer.ts';
import { awsClients } from '../../local/aws/aws-clients.ts';
import { startLocalAws } from '../../local/aws/local-aws.ts';
import { defaultPorts, type Ports, type PortVariable, portVariables } from '../../local/ports.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { waitUntilReady } from './app-readiness.ts';
import { latency, type Latency } from './figures.ts';
import { OrderConnection } from './load/order-connection.ts';
import { end, startApp } from './measured-process.ts';
import { rounded } from './statistics.ts';

export interface EndToEndFigures {
  /** From the request to the events of all three services, on embedded services and the same cores. */
  ordersPerSecond: number;
  /** From the request to the last of the three events, at half of that. */
  atHalfLoad: Latency & { ordersPerSecond: number };
}

/** Orders on their way at a time: enough that no station is idle, so few that none waits for long. */
const UNDER_WAY = 150;
const WARM_UP_ORDERS = 100;

/** The whole pipeline as `npm start` has it, with an order's three events awaited. */
export async function endToEnd(sizes: { orders: number; halfLoadSeconds: number }): Promise<EndToEndFigures> {
  const numbers = await freePorts(portVariables.length);
  const ports = Object.fromEntries(portVariables.map((name, n) => [name, numbers[n]])) as Record<PortVariable, number>;
  const aws = await startLocalAws({ ports });
  const issuer = await startLocalIssuer({ port: ports.AUTH_PORT });
  const environments = appEnvironments({ ...defaultPorts, ...ports }, aws.resources, issuer.env);
  const apps = appNames.map((name) => startApp(name, { ...aws.env, ...environments[name] }));
  const { sqs } = awsClients(aws.env);
  const arrivals = new Arrivals(sqs, aws.env['AWS_ENDPOINT_URL_SQS'] ?? '');
  try {
    await Promise.all(appNames.map((name, n) => waitUntilReady(ports[appPorts[name]], apps[n] as never)));
    const pipeline = new Pipeline(ports, await issuer.token('cust-1', 'retail'), arrivals);
    await pipeline.saturate(WARM_UP_ORDERS);
    const ordersPerSecond = await pipeline.saturate(sizes.orders);
    const half = ordersPerSecond / 2;
    const tookMs = await pipeline.pace(half, Math.round(half * sizes.halfLoadSeconds));
    return {
      ordersPerSecond: Math.round(ordersPerSecond),
      atHalfLoad: { ...latency(tookMs), ordersPerSecond: rounded(half, 0) },
    };
  } finally {
    arrivals.stop();
    for (const app of apps) await end(app);
    await issuer.stop();
    await aws.stop();
  }
}

/** The events of each service's queue, as they come. */
class Arrivals {
  private readonly seen = new Map<string, number>();
  private readonly waiting = new Map<string, () => void>();
  private readonly stopping = new AbortController();
  private readonly sqs: SQSClient;

  constructor(sqs: SQSClient, endpoint: string) {
    this.sqs = sqs;
    for (const { queue } of eventConsumers) void this.read(`${endpoint}/000000000000/${queue.name}`);
  }

  /** Resolves when all services have the order's first event. */
  async of(orderId: string): Promise<void> {
    if (this.seen.get(orderId) === eventConsumers.length) return;
    await new Promise<void>((resolve) => this.waiting.set(orderId, resolve));
  }

  stop(): void {
    this.stopping.abort();
  }

  private async read(QueueUrl: string): Promise<void> {
    const { signal: abortSignal } = this.stopping;
    while (!abortSignal.aborted) {
      const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 });
      const { Messages = [] } = await this.sqs.send(receive, { abortSignal }).catch(() => ({ Messages: [] }));
      if (Messages.length === 0) continue;
      for (const { Body = '' } of Messages) this.note((JSON.parse(Body) as { subject: string }).subject);
      const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
      await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  }

  private note(orderId: string): void {
    const seen = (this.seen.get(orderId) ?? 0) + 1;
    this.seen.set(orderId, seen);
    if (seen === eventConsumers.length) this.waiting.get(orderId)?.();
  }
}

class Pipeline {
  private readonly url: URL;
  private readonly token: string;
  private readonly arrivals: Arrivals;
  private readonly free: OrderConnection[] = [];

  constructor({ API_PORT }: Ports, token: string, arrivals: Arrivals) {
    this.url = new URL(`http://127.0.0.1:${API_PORT}/v1/orders`);
    this.token = token;
    this.arrivals = arrivals;
  }

  /** So many orders, as fast as they come through. @returns orders a second. */
  async saturate(orders: number): Promise<number> {
    const beganMs = performance.now();
    let left = orders;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await this.wholeWay();
      }
    };
    await Promise.all(Array.from({ length: UNDER_WAY }, client));
    return orders / ((performance.now() - beganMs) / 1_000);
  }

  /** So many orders, evenly. @returns the milliseconds of each. */
  async pace(rate: number, orders: number): Promise<number[]> {
    const beganMs = performance.now();
    const ways: Promise<number>[] = [];
    for (let n = 0; n < orders; n += 1) {
      await wait(Math.max(0, beganMs + (n * 1_000) / rate - performance.now()));
      ways.push(this.wholeWay());
    }
    return Promise.all(ways);
  }

  private async wholeWay(): Promise<number> {
    const beganMs = performance.now();
    const connection = this.free.pop() ?? new OrderConnection(this.url, this.token);
    const { orderId } = JSON.parse(await connection.place()) as { orderId: string };
    this.free.push(connection);
    await this.arrivals.of(orderId);
    return performance.now() - beganMs;
  }
}
