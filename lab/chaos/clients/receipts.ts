import type { AcceptedChange, AcceptedOrder } from '../ledger/evidence.ts';

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
