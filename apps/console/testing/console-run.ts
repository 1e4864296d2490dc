import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { OrderTable } from '#libs/order-store';
import { aFreshOrder, importOrder } from '#libs/orders';
import { anImportedOrder } from '../../../libs/orders/src/testing/order-factory.ts';
import { consoleProcess } from '../../../local/apps.ts';
import { LocalPipeline } from '../../../local/local-pipeline.ts';
import type { SupervisedProcess } from '../../../local/processes/supervised-process.ts';

/** The most that a batch may have. */
const ROWS = 1_000;

/** The whole pipeline of this machine with its console. */
export class ConsoleRun {
  private constructor(
    readonly pipeline: LocalPipeline,
    readonly url: string,
    /** Where the console writes discarded messages. */
    readonly home: string,
    private readonly console: SupervisedProcess,
    readonly output: string[],
  ) {}

  static async start(): Promise<ConsoleRun> {
    const output: string[] = [];
    const write = (name: string, line: string) => output.push(`${name} | ${line}`);
    const pipeline = await LocalPipeline.start({ write, env: { WHOLESALE_APPROVAL_LIMIT: 'EUR:100000' } });
    const home = mkdtempSync(join(tmpdir(), 'console-'));
    const started = consoleProcess(pipeline.ports, { ...pipeline.aws.env, HOME: home }, write)?.start();
    if (!started) throw new Error('the console is not built: type npm run build');
    const run = new ConsoleRun(pipeline, `http://127.0.0.1:${pipeline.ports.CONSOLE_PORT}`, home, started, output);
    await run.answers();
    return run;
  }

  async stop(): Promise<void> {
    await this.console.stop();
    await this.pipeline.stop();
    rmSync(this.home, { recursive: true });
  }

  /** Places an order and waits for the decision. Returns the order. */
  async place(customer: string, wholesale?: { purchaseOrderNumber: string; unitPrice: number }) {
    const token = await this.pipeline.token(customer, wholesale ? 'wholesale' : 'retail');
    const fresh = aFreshOrder();
    const { unitPrice, quantity } = { ...fresh.lineItems[0]!, ...wholesale };
    const total = unitPrice * quantity + fresh.shipping;
    const order = {
      ...fresh,
      lineItems: [{ ...fresh.lineItems[0], unitPrice }],
      total,
      payment: { ...fresh.payment, amount: total },
      ...(wholesale && { channel: 'WHOLESALE', purchaseOrderNumber: wholesale.purchaseOrderNumber }),
    };
    const headers = { 'idempotency-key': randomUUID(), prefer: 'wait=10', 'content-type': 'application/json' };
    return this.call(token, '/v1/orders', { method: 'POST', headers, body: JSON.stringify(order) });
  }

  /** Sends many orders of one customer, without waiting for the decisions. */
  async placeMany(customer: string, orders: number): Promise<void> {
    const token = await this.pipeline.token(customer, 'wholesale');
    for (let sent = 0; sent < orders; sent += ROWS) {
      const body = Array.from({ length: ROWS }, () => JSON.stringify(aFreshOrder())).join('\n');
      const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': randomUUID() };
      await this.call(token, '/v1/order-batches', { method: 'POST', headers, body });
    }
  }

  /** Stores an order of another shop, as `npm run import` does. Returns its id. */
  async importOrder(importedNumber: string): Promise<string> {
    const { clients, aws } = this.pipeline;
    const order = importOrder(anImportedOrder({ importedNumber }), 1, false);
    await new OrderTable(clients.dynamodb, aws.resources.ordersTableName).create(order);
    return order.orderId;
  }

  async call(token: string, path: string, init: RequestInit = {}) {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` };
    const answer = await fetch(new URL(path, this.pipeline.apiUrl), { ...init, headers });
    const body = (await answer.json()) as { orderId: string; payment: { reference: string } };
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** Puts messages into a queue that no service can read. */
  async poison(queueUrl: string, bodies: readonly string[]): Promise<void> {
    for (let from = 0; from < bodies.length; from += 10) {
      const some = bodies.slice(from, from + 10);
      const Entries = some.map((MessageBody, position) => ({ Id: String(position), MessageBody }));
      await this.pipeline.clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  }

  private async answers(): Promise<void> {
    for (const until = performance.now() + 30_000; performance.now() < until; await sleep(100)) {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (answer?.ok) return;
    }
    throw new Error(`the console does not start:\n${this.output.join('\n')}`);
  }
}
