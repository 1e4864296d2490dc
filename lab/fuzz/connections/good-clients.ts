import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAnswer, type ApiRequest, postOnce } from '../../chaos/clients/api-call.ts';
import { EXAMPLE_ORDER } from '#libs/orders';
import type { FuzzedPipeline } from '../pipeline/fuzzed-pipeline.ts';
import type { Violation } from '../violation.ts';

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
  private readonly pipeline: FuzzedPipeline;
  private readonly agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: false })];
  private readonly tookMs: number[] = [];
  private readonly pending = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private sent = 0;
  private repeated = 0;

  private constructor(pipeline: FuzzedPipeline, token: string) {
    this.pipeline = pipeline;
    this.timer = setInterval(() => this.place(token), 1_000 / ORDERS_A_SECOND);
  }

  static async start(pipeline: FuzzedPipeline): Promise<GoodClients> {
    return new GoodClients(pipeline, await pipeline.token('good-customer', 'retail'));
  }

  async stop(): Promise<GoodFigures> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    this.agents.forEach((agent) => agent.destroy());
    const sorted = this.tookMs.toSorted((a, b) => a - b);
    const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
    return { orders: this.sent, repeated: this.repeated, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1) };
  }

  private place(token: string): void {
    const agent = this.agents[this.sent % this.agents.length]!;
    this.sent += 1;
    const url = new URL('/v1/orders', this.pipeline.apiUrl);
    const request = { agent, url, token, idempotencyKey: randomUUID(), body: EXAMPLE_ORDER, patienceMs: PATIENCE_MS };
    const call = this.answered(request)
      .then((answer) => this.note(answer))
      .finally(() => this.pending.delete(call));
    this.pending.add(call);
  }

  /** As it is asked to: again with the same key, once, where the order was not acknowledged in time. */
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
