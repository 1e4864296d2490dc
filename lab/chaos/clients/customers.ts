import { setTimeout as sleep } from 'node:timers/promises';
import { aFreshOrder } from '../../../test/harness/fresh-order.ts';
import type { Receipts } from '../ledger/evidence.ts';
import type { Call, PersistentCaller } from './persistent-caller.ts';
import { orderPlanOf } from './warehouse.ts';

const TICK_MS = 20;
/** Orders that are not accepted yet. At 500 a second and 2 s an answer 1,000 are; in an outage no more come. */
const MAX_OUTSTANDING = 400;

export interface CustomersOptions {
  readonly caller: PersistentCaller;
  readonly receipts: Receipts;
  /** One for each customer. */
  readonly tokens: readonly string[];
  /** Orders a second. */
  readonly rate: number;
  /** Makes the keys of a run its own. */
  readonly runId: string;
}

/** Customers who place orders at a rate and hold on until each is accepted; some cancel theirs. */
export class Customers {
  placed = 0;
  outstanding = 0;
  /** Orders that were due when too many waited, and came later. */
  deferred = 0;
  private readonly options: CustomersOptions;
  private readonly giveUp = new AbortController();
  private readonly pending = new Set<Promise<void>>();

  constructor(options: CustomersOptions) {
    this.options = options;
  }

  /** Places orders for that long; resolves when the last one was sent. */
  async place(forMs: number): Promise<void> {
    const beganMs = performance.now();
    let due = 0;
    for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs = performance.now() - beganMs) {
      const dueNow = (elapsedMs * this.options.rate) / 1_000;
      for (; due < dueNow; due += 1) {
        if (this.outstanding >= MAX_OUTSTANDING) this.deferred += 1;
        else this.begin();
      }
      await sleep(TICK_MS);
    }
  }

  /** Resolves when each order was accepted, or its customer gave up after that long. */
  async finish(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.giveUp.abort(), withinMs);
    while (this.pending.size > 0) await Promise.all(this.pending);
    clearTimeout(timer);
  }

  private begin(): void {
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
    const call: Call = { asked: 'order', path: '/v1/orders', token, idempotencyKey, body: aFreshOrder(reference) };
    const acceptance = await caller.call(call, this.giveUp.signal);
    if (!acceptance) return;
    const orderId = String(acceptance.body['orderId']);
    receipts.accepted({ orderId, reference, attempts: acceptance.attempts });
    if (orderPlanOf(orderId) === 'cancelled') await this.cancel(orderId, token);
  }

  private async cancel(orderId: string, token: string): Promise<void> {
    const path = `/v1/orders/${orderId}/cancellation`;
    const body = { reason: 'ordered twice' };
    const call: Call = { asked: 'change', path, token, idempotencyKey: `cancel-${orderId}`, body };
    const acceptance = await this.options.caller.call(call, this.giveUp.signal);
    if (!acceptance) return;
    const commandId = String(acceptance.body['commandId']);
    this.options.receipts.acceptedChange({ orderId, commandId, event: 'cancelled' });
  }
}
