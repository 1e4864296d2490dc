import type { OrderEventName } from '#libs/orders';
import type { Receipts } from '../ledger/evidence.ts';
import type { PersistentCaller } from './persistent-caller.ts';

interface Step {
  readonly path: string;
  readonly event: OrderEventName;
  readonly body?: object;
}

const PARCEL = { carrier: 'DHL', trackingNumber: 'JD-1', items: [{ lineNumber: 1, quantity: 2 }] };

/** The change that fulfillment requests after an event of an order that is to be delivered. */
const nextSteps: Partial<Record<OrderEventName, Step>> = {
  confirmed: { path: 'fulfillment', event: 'fulfillment_started' },
  fulfillment_started: { path: 'shipments', event: 'shipped', body: PARCEL },
  shipped: { path: 'shipments/1/delivery', event: 'delivered' },
};

/**
 * The plan for an order after its acceptance. It depends on the last character of the order id, which is as good as random. So
 * every client that receives an event knows the plan, even for an order whose 202 never arrived. Customers cancel 3 of 32
 * orders, and the warehouse delivers 3 of 32.
 */
export function orderPlanOf(orderId: string): 'kept' | 'cancelled' | 'delivered' {
  const last = orderId.at(-1) ?? '';
  if ('ABC'.includes(last)) return 'cancelled';
  return 'XYZ'.includes(last) ? 'delivered' : 'kept';
}

/** Fulfillment's staff, who pack, ship and deliver after events, so that orders have several events. */
export class Warehouse {
  private readonly caller: PersistentCaller;
  private readonly receipts: Receipts;
  private readonly token: string;
  private readonly giveUp = new AbortController();
  private readonly pending = new Set<Promise<void>>();

  constructor(caller: PersistentCaller, receipts: Receipts, token: string) {
    this.caller = caller;
    this.receipts = receipts;
    this.token = token;
  }

  get busy(): boolean {
    return this.pending.size > 0;
  }

  onEvent(orderId: string, event: OrderEventName): void {
    const step = nextSteps[event];
    if (!step || orderPlanOf(orderId) !== 'delivered' || this.giveUp.signal.aborted) return;
    const done = this.take(orderId, step).finally(() => this.pending.delete(done));
    this.pending.add(done);
  }

  /** Starts nothing more, and gives up what was not accepted. */
  async stop(): Promise<void> {
    this.giveUp.abort();
    await Promise.all(this.pending);
  }

  private async take(orderId: string, { path, event, body }: Step): Promise<void> {
    const call = {
      kind: 'change',
      path: `/v1/orders/${orderId}/${path}`,
      token: this.token,
      idempotencyKey: `${event}-${orderId}`,
      body,
    } as const;
    const acceptance = await this.caller.call(call, this.giveUp.signal);
    if (!acceptance) return;
    this.receipts.acceptedChange({ orderId, commandId: String(acceptance.body['commandId']), event });
  }
}
