import type { OrderEventName } from '#libs/orders';
import { orderPlanOf } from './order-plan.ts';
import type { Call, PersistentCaller } from './persistent-caller.ts';
import type { Receipts } from './receipts.ts';

interface Step {
  readonly path: string;
  readonly event: OrderEventName;
  readonly body?: object;
}

const PARCEL = { carrier: 'DHL', trackingNumber: 'JD-1', items: [{ lineNumber: 1, quantity: 2 }] };

/** What fulfillment asks for when it is told of an event: the next step of an order that goes all the way. */
const nextSteps: Partial<Record<OrderEventName, Step>> = {
  confirmed: { path: 'fulfillment', event: 'fulfillment_started' },
  fulfillment_started: { path: 'shipments', event: 'shipped', body: PARCEL },
  shipped: { path: 'shipments/1/delivery', event: 'delivered' },
};

/** Fulfillment's staff: packs, ships and delivers as the events say, so that orders have several of them. */
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

  told(orderId: string, event: OrderEventName): void {
    const step = nextSteps[event];
    if (!step || orderPlanOf(orderId) !== 'delivered' || this.giveUp.signal.aborted) return;
    const done = this.take(orderId, step).finally(() => this.pending.delete(done));
    this.pending.add(done);
  }

  /** Begins nothing more and gives up what was not accepted. */
  async stop(): Promise<void> {
    this.giveUp.abort();
    await Promise.all(this.pending);
  }

  private async take(orderId: string, { path, event, body }: Step): Promise<void> {
    const call: Call = {
      asked: 'change',
      path: `/v1/orders/${orderId}/${path}`,
      token: this.token,
      idempotencyKey: `${event}-${orderId}`,
      ...(body && { body }),
    };
    const acceptance = await this.caller.call(call, this.giveUp.signal);
    if (!acceptance) return;
    this.receipts.acceptedChange({ orderId, commandId: String(acceptance.body['commandId']), event });
  }
}
