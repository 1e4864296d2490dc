import { setTimeout as sleep } from 'node:timers/promises';
import { aFreshOrder } from '#libs/orders';
import type { Receipts } from '../ledger/evidence.ts';
import type { Call, PersistentCaller } from './persistent-caller.ts';
import { orderPlanOf } from './warehouse.ts';

const TICK_MS = 20;
/** The limit of orders that are not accepted yet. In an outage no more are placed. */
const MAX_OUTSTANDING = 400;

interface CustomersOptions {
  readonly caller: PersistentCaller;
  readonly receipts: Receipts;
  /** The token of each customer. */
  readonly tokens: readonly string[];
  /** Orders a second. */
  readonly rate: number;
  /** A part of all keys, so that the keys of runs differ. */
  readonly runId: string;
}

/** Customers who place orders at a rate, and repeat each request until it is accepted. Some cancel their orders. */
export class Customers {
  placed = 0;
  outstanding = 0;
  /** Orders that were due while too many waited. */
  deferred = 0;
  private readonly options: CustomersOptions;
  private readonly giveUp = new AbortController();
  private readonly pending = new Set<Promise<void>>();

  constructor(options: CustomersOptions) {
    this.options = options;
  }

  /** Places orders for this time. Resolves when the last one was sent. */
  async place(forMs: number): Promise<void> {
    const startedMs = performance.now();
    let due = 0;
    for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs = performance.now() - startedMs) {
      const dueNow = (elapsedMs * this.options.rate) / 1_000;
      for (; due < dueNow; due += 1) {
        if (this.outstanding >= MAX_OUTSTANDING) this.deferred += 1;
        else this.start();
      }
      await sleep(TICK_MS);
    }
  }

  /** Resolves when each order was accepted, or its customer gave up after this time. */
  async finish(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.giveUp.abort(), withinMs);
    while (this.pending.size > 0) await Promise.all(this.pending);
    clearTimeout(timer);
  }

  private start(): void {
    this.outstanding += 1;
    const order = this.order(this.placed++).finally(() => {
      this.outstanding -= 1;
      this.pending.delete(order);
    });
    this.pending.add(order);
  }

  private async order(number: number): Promise<void> {
    const { caller, receipts, tokens, runId } = this.options;
    const reference = `pay-${runId}-${number}`;
    const token = tokens[number % tokens.length]!;
    const idempotencyKey = `key-${runId}-${number}`;
    const call: Call = { kind: 'order', path: '/v1/orders', token, idempotencyKey, body: aFreshOrder(reference) };
    const acceptance = await caller.call(call, this.giveUp.signal);
    if (!acceptance) return;
    const orderId = String(acceptance.body['orderId']);
    receipts.accepted({ orderId, reference, attempts: acceptance.attempts });
    if (orderPlanOf(orderId) === 'cancelled') await this.cancel(orderId, token);
  }

  private async cancel(orderId: string, token: string): Promise<void> {
    const path = `/v1/orders/${orderId}/cancellation`;
    const body = { reason: 'ordered twice' };
    const call: Call = { kind: 'change', path, token, idempotencyKey: `cancel-${orderId}`, body };
    const acceptance = await this.options.caller.call(call, this.giveUp.signal);
    if (!acceptance) return;
    const commandId = String(acceptance.body['commandId']);
    this.options.receipts.acceptedChange({ orderId, commandId, event: 'cancelled' });
  }
}
