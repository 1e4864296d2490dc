import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { OrderIds, type PaymentClaim, paymentClaimOf, type StoredOrder } from '#libs/orders';
import type { OrderTable } from './order-table.ts';
import { unavailable } from './table-call.ts';
import { TableReads } from './table-reads.ts';
import { TableWrites } from './table-writes.ts';

/** Which order a payment pays. */
export interface StoredClaim {
  /** See `paymentClaimOf`. */
  payment: string;
  orderId: string;
  /** When the api received that order: its `placedAt`. ISO 8601, UTC. */
  claimedAt: string;
}

/** The claims of orders on payments, in calls that they share with the orders. */
export class PaymentClaimTable {
  private readonly tableName: string;
  private readonly orders: OrderTable;
  private readonly writes: TableWrites;
  private readonly claims: TableReads<StoredClaim>;

  /** @param writes may be shared with other tables, so that they share requests */
  constructor(client: DynamoDBClient, tableName: string, orders: OrderTable, writes = new TableWrites(client)) {
    this.tableName = tableName;
    this.orders = orders;
    this.writes = writes;
    this.claims = new TableReads(client, {
      tableName,
      keyOf: (payment: string) => ({ payment: { S: payment } }),
      textOf: (item: Record<string, AttributeValue>) => item['payment']?.S ?? '',
    });
  }

  /**
   * Claims the payment of an order that is not stored yet. UNKNOWN: another order has the claim and is not stored yet, so
   * nobody can say whether it will use the payment.
   * @throws OrderError TABLE_UNAVAILABLE
   */
  async claim(order: StoredOrder): Promise<PaymentClaim | 'UNKNOWN'> {
    const payment = paymentClaimOf(order);
    const inserted = await this.writes.write({
      key: payment,
      Statement: `INSERT INTO "${this.tableName}" VALUE {'payment': ?, 'orderId': ?, 'claimedAt': ?}`,
      Parameters: [{ S: payment }, { S: order.orderId }, { S: order.placedAt }],
    });
    if (inserted === 'WRITTEN') return 'OWN';
    const claim = await this.find(payment);
    if (!claim) throw unavailable('no claim where one prevented an insert');
    // The message came before, maybe with an id that another key signed.
    if (OrderIds.keyOf(claim.orderId) === order.orderKey) return 'OWN';
    const holder = await this.orders.find(OrderIds.keyOf(claim.orderId));
    if (!holder) return 'UNKNOWN';
    return paymentClaimOf(holder) === payment ? 'TAKEN' : this.takeOver(claim, order);
  }

  /** Strongly consistent. */
  find(payment: string): Promise<StoredClaim | undefined> {
    return this.claims.find(payment);
  }

  /**
   * Replaces a claim that nobody can use: its order was stored with another payment. That happens when an Idempotency-Key comes
   * with two contents at once.
   */
  private async takeOver({ payment, orderId }: StoredClaim, order: StoredOrder): Promise<PaymentClaim> {
    const outcome = await this.writes.write({
      key: payment,
      Statement: `UPDATE "${this.tableName}" SET orderId = ?, claimedAt = ? WHERE payment = ? AND orderId = ?`,
      Parameters: [{ S: order.orderId }, { S: order.placedAt }, { S: payment }, { S: orderId }],
    });
    if (outcome === 'WRITTEN') return 'OWN';
    throw unavailable('another claim that replaced the same one first');
  }
}
