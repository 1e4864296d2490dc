import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import { aFreshOrder } from '../../../test/harness/fresh-order.ts';
import { type ApiAnswer, type ApiRequest, postOnce } from '../../api-call.ts';
import { percentile } from '../../statistics.ts';
import type { Violation } from '../fuzz-result.ts';

const ORDERS_A_SECOND = 25;
const PATIENCE_MS = 10_000;
const RETRY_AFTER_MS = 2_000;

export interface GoodFigures {
  readonly orders: number;
  /** Answered 503 first: SQS had not acknowledged them in time. */
  readonly repeated: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

/** Customers who place orders at a steady rate meanwhile, each on a connection of its own or one that is open still. */
export class GoodClients {
  readonly violations: Violation[] = [];
  private readonly pipeline: LocalPipeline;
  private readonly agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: false })];
  private readonly tookMs: number[] = [];
  private readonly pending = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private sent = 0;
  private repeated = 0;

  private constructor(pipeline: LocalPipeline, token: string) {
    this.pipeline = pipeline;
    this.timer = setInterval(() => this.place(token), 1_000 / ORDERS_A_SECOND);
  }

  static async start(pipeline: LocalPipeline): Promise<GoodClients> {
    return new GoodClients(pipeline, await pipeline.token('good-customer', 'retail'));
  }

  async stop(): Promise<GoodFigures> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    this.agents.forEach((agent) => agent.destroy());
    const at = (hundredths: number): number => Math.round(percentile(this.tookMs, hundredths));
    return { orders: this.sent, repeated: this.repeated, p50Ms: at(50), p99Ms: at(99), worstMs: at(100) };
  }

  private place(token: string): void {
    const agent = this.agents[this.sent % this.agents.length]!;
    this.sent += 1;
    const url = new URL('/v1/orders', this.pipeline.apiUrl);
    const request = { agent, url, token, idempotencyKey: randomUUID(), body: aFreshOrder(), patienceMs: PATIENCE_MS };
    const call = this.answered(request)
      .then((answer) => this.note(answer))
      .finally(() => this.pending.delete(call));
    this.pending.add(call);
  }

  /** Where the order was not acknowledged in time, asks once more with the same key, as the answer demands. */
  private async answered(request: ApiRequest): Promise<ApiAnswer> {
    const first = await postOnce(request);
    if (first.status !== 503) return first;
    this.repeated += 1;
    await sleep(RETRY_AFTER_MS);
    return postOnce(request);
  }

  private note(answer: ApiAnswer): void {
    this.tookMs.push(answer.tookMs);
    if (answer.status === 202) return;
    const reason = answer.status === 'none' ? answer.reason : JSON.stringify(answer.body);
    this.violations.push({
      what: `a good client's order was answered ${answer.status}: ${reason}`,
      repeat: 'npm run fuzz -- --only connections',
    });
  }
}
