import type { EventConsumerName } from '#libs/resources';

/** An order that was answered 202. */
export interface AcceptedOrder {
  readonly orderId: string;
  /** In the order's payment, another one for each order that a client places: it finds a second order made from one. */
  readonly reference: string;
  /** What the client did and was answered, one line each. */
  readonly attempts: readonly string[];
}

/** A change of an order that was answered 202. */
export interface AcceptedChange {
  readonly orderId: string;
  readonly commandId: string;
  /** The event that the change causes. */
  readonly event: string;
}

/** What the ledger reads of an item of the orders table. */
export interface StoredOrder {
  readonly orderId: string;
  readonly reference: string;
  readonly version: number;
  readonly history: readonly { version: number; event: string; commandId: string; at: string }[];
}

/** The events of an order that a service received. */
export interface ReceivedOrder {
  /** Versions of every delivery, in the order in which they came. */
  readonly delivered: readonly number[];
  /** Versions that were applied, in that order. */
  readonly applied: readonly number[];
}

/** A message that should be in a dead-letter queue, by the id with which it entered. */
export interface DeadLetteredMessage {
  readonly messageId: string;
  readonly reason: string;
}

/** Everything that was seen of a run, from outside. */
export interface Evidence {
  readonly accepted: readonly AcceptedOrder[];
  /** Orders whose key was answered with another order id as well. */
  readonly renamed: readonly string[];
  readonly changes: readonly AcceptedChange[];
  readonly stored: readonly StoredOrder[];
  readonly received: Readonly<Record<EventConsumerName, ReadonlyMap<string, ReceivedOrder>>>;
  /** Ids of the malformed messages that were put into the orders queue. */
  readonly poison: readonly string[];
  /** In `orders-dlq`. */
  readonly parked: readonly DeadLetteredMessage[];
  /** Messages in the dead-letter queues of the relay and of the services, by queue. */
  readonly strayed: Readonly<Record<string, number>>;
}

/** What clients hold in their hands: every 202 that they got. */
export class Receipts {
  readonly orders = new Map<string, AcceptedOrder>();
  readonly changes: AcceptedChange[] = [];
  /** Orders whose key was answered with another order id as well. */
  readonly renamed: string[] = [];
  private readonly idOfReference = new Map<string, string>();

  accepted(order: AcceptedOrder): void {
    const { orderId, reference } = order;
    const known = this.idOfReference.get(reference);
    if (known !== undefined && known !== orderId) this.renamed.push(known);
    this.idOfReference.set(reference, orderId);
    // A client that sent twice at once is answered twice.
    const earlier = this.orders.get(orderId);
    this.orders.set(orderId, earlier ? { ...order, attempts: [...earlier.attempts, ...order.attempts] } : order);
  }

  acceptedChange(change: AcceptedChange): void {
    this.changes.push(change);
  }
}
