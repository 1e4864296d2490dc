import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { OrderError, type StoredOrder } from '#libs/orders';
import { OrderList, type OrderPage, type OrderQuery } from './order-list.ts';
import { TableReads } from './table-reads.ts';
import { TableWrites } from './table-writes.ts';

/** The outcome of a create: this call created the order, or one with the same key exists already. */
export type Creation = { created: true } | { created: false; existing: StoredOrder };

/** The fields of a stored order that show whether a request repeats it. */
export type Placement = Pick<StoredOrder, 'orderKey' | 'orderId' | 'customerId' | 'fingerprint' | 'placedAt'>;

const PROBE_KEY = 'probe';

const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true };

/**
 * The orders table. Callers deal with one order at a time; concurrent calls share few requests to DynamoDB.
 * Every method rejects with OrderError TABLE_UNAVAILABLE when the table does not answer now.
 */
export class OrderTable {
  private readonly tableName: string;
  private readonly writes: TableWrites;
  private readonly lists: OrderList;
  private readonly orders: TableReads<StoredOrder>;
  private readonly placements: TableReads<Placement>;

  /** @param writes may be shared with other tables, so that they share requests */
  constructor(client: DynamoDBClient, tableName: string, writes = new TableWrites(client)) {
    this.tableName = tableName;
    this.writes = writes;
    this.lists = new OrderList(client, tableName, (orderKey) => this.find(orderKey));
    const keys = {
      tableName,
      keyOf: (orderKey: string) => ({ orderKey: { S: orderKey } }),
      textOf: (item: Record<string, AttributeValue>) => item['orderKey']?.S ?? '',
    };
    this.orders = new TableReads(client, keys);
    const ProjectionExpression = 'orderKey, orderId, customerId, fingerprint, placedAt';
    this.placements = new TableReads(client, { ...keys, ProjectionExpression, ConsistentRead: false });
  }

  /**
   * Creates the order unless one with its key exists; never changes an existing one.
   * @throws OrderError ITEM_REFUSED when the table refuses the item permanently.
   */
  async create(order: StoredOrder): Promise<Creation> {
    const item = marshall(order, marshallOptions);
    const fields = Object.keys(item).map((name) => `'${name}': ?`);
    const outcome = await this.writes.write({
      key: order.orderKey,
      Statement: `INSERT INTO "${this.tableName}" VALUE {${fields.join(', ')}}`,
      Parameters: Object.values(item),
    });
    if (outcome === 'WRITTEN') return { created: true };
    const existing = await this.find(order.orderKey);
    if (!existing) throw new OrderError('TABLE_UNAVAILABLE', 'expected the order that prevented an insert, found none');
    return { created: false, existing };
  }

  /**
   * Stores a change if the order is still at the version `before`. Resolves to whether it was stored.
   * @throws OrderError ITEM_REFUSED when the table refuses the item permanently.
   */
  async change(before: StoredOrder, after: StoredOrder): Promise<boolean> {
    const fields = Object.keys({ ...before, ...after }) as (keyof StoredOrder)[];
    const set = fields.filter((field) => after[field] !== undefined && after[field] !== before[field]);
    const removed = fields.filter((field) => after[field] === undefined);
    const clauses = [
      `SET ${set.map((field) => `"${field}" = ?`).join(', ')}`,
      ...removed.map((field) => `REMOVE "${field}"`),
    ];
    const values = marshall({ ...set.map((field) => after[field]) }, marshallOptions);
    const outcome = await this.writes.write({
      key: before.orderKey,
      Statement: `UPDATE "${this.tableName}" ${clauses.join(' ')} WHERE orderKey = ? AND version = ?`,
      Parameters: [...Object.values(values), { S: before.orderKey }, { N: String(before.version) }],
    });
    return outcome === 'WRITTEN';
  }

  /** Strongly consistent: sees every create and change that was answered before. */
  find(orderKey: string): Promise<StoredOrder | undefined> {
    return this.orders.find(orderKey);
  }

  /** Eventually consistent, at half the price: may miss a create of the last second. */
  findPlacement(orderKey: string): Promise<Placement | undefined> {
    return this.placements.find(orderKey);
  }

  /**
   * A page of orders. With a filter it may be short or empty although more follow: `nextCursor` is null only at the end.
   * @throws OrderError MALFORMED_CURSOR
   */
  list(query: OrderQuery): Promise<OrderPage> {
    return this.lists.page(query);
  }

  /** Whether the table answers: reads a key that no order has. */
  async probe(): Promise<void> {
    await this.find(PROBE_KEY);
  }
}
