import type { EventConsumerName } from '#libs/resources';

/** An order for which a client received 202. */
export interface AcceptedOrder {
  readonly orderId: string;
  /** The payment's reference, unique for each order of a client: it reveals two stored orders made from one. */
  readonly reference: string;
  /** A line for each attempt of the client with its answer. */
  readonly attempts: readonly string[];
}

/** A change of an order for which a client received 202. */
interface AcceptedChange {
  readonly orderId: string;
  readonly commandId: string;
  /** The event that the change causes. */
  readonly event: string;
}

/** The fields of an item of the orders table that the ledger reads. */
export interface OrderItem {
  readonly orderId: string;
  readonly reference: string;
  readonly version: number;
  readonly history: readonly { version: number; event: string; commandId: string; at: string }[];
}

/** The events of an order that a service received. */
export interface ReceivedOrder {
  /** The versions of all deliveries, in their order. */
  readonly delivered: readonly number[];
  /** The applied versions, in their order. */
  readonly applied: readonly number[];
}

/** All observations of a run, from outside. */
export interface Evidence {
  readonly accepted: readonly AcceptedOrder[];
  /** Orders whose Idempotency-Key was answered with a second order id. */
  readonly renamed: readonly string[];
  readonly changes: readonly AcceptedChange[];
  readonly stored: readonly OrderItem[];
  readonly received: Readonly<Record<EventConsumerName, ReadonlyMap<string, ReceivedOrder>>>;
  /** Ids of the malformed messages that were sent to the orders queue. */
  readonly poison: readonly string[];
  /** The messages in `orders-dlq`, by their original ids. */
  readonly deadLettered: readonly { readonly messageId: string; readonly reason: string }[];
  /** The number of messages in queues that should be empty, by queue. */
  readonly leftOver: Readonly<Record<string, number>>;
}

/** Every 202 that clients received. */
export class Receipts {
  readonly orders = new Map<string, AcceptedOrder>();
  readonly changes: AcceptedChange[] = [];
  /** Orders whose Idempotency-Key was answered with a second order id. */
  readonly renamed: string[] = [];
  private readonly idOfReference = new Map<string, string>();

  accepted(order: AcceptedOrder): void {
    const { orderId, reference } = order;
    const known = this.idOfReference.get(reference);
    if (known !== undefined && known !== orderId) this.renamed.push(known);
    this.idOfReference.set(reference, orderId);
    // A client that sent a request twice is answered twice.
    const earlier = this.orders.get(orderId);
    this.orders.set(orderId, earlier ? { ...order, attempts: [...earlier.attempts, ...order.attempts] } : order);
  }

  acceptedChange(change: AcceptedChange): void {
    this.changes.push(change);
  }
}
