import {
  QueryCommand,
  type QueryCommandInput,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type CursorPosition, decodeCursor, encodeCursor } from './order-cursor.ts';
import {
  OrderError,
  APPROVAL_QUEUE,
  type Channel,
  type OrderStatus,
  type OrderSummary,
  type StoredOrder,
} from '#libs/orders';
import { tableCall } from './table-call.ts';
import { TableReads } from './table-reads.ts';
import { TableWrites } from './table-writes.ts';

/** The outcome of a create: this call created the order, or one with the same key exists already. */
export type Creation = { created: true } | { created: false; existing: StoredOrder };

export interface OrderPage {
  data: OrderSummary[];
  nextCursor: string | null;
}

/** Which orders to list: a customer's, newest first, or all that await approval, oldest first. */
export interface OrderQuery extends OrderFilter {
  of: { customerId: string } | { approvalQueue: typeof APPROVAL_QUEUE };
  limit: number;
  cursor?: string | undefined;
}

/** `from` (inclusive) and `to` (exclusive) bound `placedAt`. ISO 8601, UTC, milliseconds, from 1970 on. */
export interface OrderFilter {
  status?: OrderStatus | undefined;
  channel?: Channel | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** The fields of a stored order that show whether a request repeats it. */
export type Placement = Pick<StoredOrder, 'orderKey' | 'orderId' | 'customerId' | 'fingerprint'>;

const CUSTOMER_ORDERS_INDEX = 'customer-orders';
const APPROVAL_QUEUE_INDEX = 'approval-queue';
const PROBE_KEY = 'probe';
/** A filtered page reads at most this many times 100 orders, then is answered, even if it is short or empty. */
const MAX_QUERIES = 10;
const FILTERED_PER_QUERY = 100;

const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true };

/**
 * The orders table. Callers deal with one order at a time; concurrent calls share few requests to DynamoDB.
 * Every method rejects with OrderError TABLE_UNAVAILABLE when the table does not answer now.
 */
export class OrderTable {
  private readonly client: DynamoDBClient;
  private readonly tableName: string;
  private readonly writes: TableWrites;
  private readonly orders: TableReads<StoredOrder>;
  private readonly placements: TableReads<Placement>;

  constructor(client: DynamoDBClient, tableName: string) {
    this.client = client;
    this.tableName = tableName;
    this.writes = new TableWrites(client);
    const keys = {
      tableName,
      keyOf: (orderKey: string) => ({ orderKey: { S: orderKey } }),
      textOf: (item: Record<string, AttributeValue>) => item['orderKey']?.S ?? '',
    };
    this.orders = new TableReads(client, keys);
    const ProjectionExpression = 'orderKey, orderId, customerId, fingerprint';
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
  async list(query: OrderQuery): Promise<OrderPage> {
    const index = indexQuery(query);
    const found: StoredOrder[] = [];
    let position = query.cursor === undefined ? undefined : marshall({ ...query.of, ...cursorOf(query) });
    for (let queries = 0; queries < MAX_QUERIES; queries += 1) {
      const { Items = [], LastEvaluatedKey } = await tableCall(() =>
        this.client.send(
          new QueryCommand({
            TableName: this.tableName,
            ...index,
            Limit: index.FilterExpression ? FILTERED_PER_QUERY : query.limit,
            ...(position && { ExclusiveStartKey: position }),
          }),
        ),
      );
      found.push(...Items.map((item) => unmarshall(item) as StoredOrder));
      position = LastEvaluatedKey;
      if (!position || found.length >= query.limit) break;
    }
    const page = found.slice(0, query.limit);
    // If more orders were found than fit, the next page starts after the last order of this one.
    const last = found.length > page.length ? page.at(-1) : position && (unmarshall(position) as CursorPosition);
    return { data: page.map(summaryOf), nextCursor: last ? encodeCursor(last) : null };
  }

  /** Whether the table answers: reads a key that no order has. */
  async probe(): Promise<void> {
    await this.find(PROBE_KEY);
  }
}

/** Texts of instants sort as the instants do. */
const FIRST_INSTANT = '1970-01-01T00:00:00.000Z';
const LAST_INSTANT = '9999-12-31T23:59:59.999Z';

function rangeOf({ from = FIRST_INSTANT, to }: OrderFilter): { first: string; last: string } {
  return { first: from, last: to === undefined ? LAST_INSTANT : justBefore(to) };
}

/** A cursor outside the range is from another query; DynamoDB refuses to start there. */
function cursorOf(query: OrderQuery): CursorPosition {
  const cursor = decodeCursor(query.cursor as string);
  const { first, last } = rangeOf(query);
  if (cursor.placedAt >= first && cursor.placedAt <= last) return cursor;
  throw new OrderError('MALFORMED_CURSOR', 'expected the nextCursor of a page of this query, got one of another');
}

function indexQuery(query: OrderQuery): Partial<QueryCommandInput> {
  const { status, channel } = query;
  const { first, last } = rangeOf(query);
  const [[key, owner]] = Object.entries(query.of) as [[string, string]];
  const filters = Object.entries({ status, channel }).filter(([, value]) => value !== undefined);
  const values = Object.fromEntries(filters.map(([name, value]) => [`:${name}`, value]));
  return {
    IndexName: 'customerId' in query.of ? CUSTOMER_ORDERS_INDEX : APPROVAL_QUEUE_INDEX,
    KeyConditionExpression: `${key} = :owner AND placedAt BETWEEN :first AND :last`,
    ScanIndexForward: !('customerId' in query.of),
    ExpressionAttributeValues: marshall({ ':owner': owner, ':first': first, ':last': last, ...values }),
    ...(filters.length > 0 && {
      FilterExpression: filters.map(([name]) => `#${name} = :${name}`).join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(filters.map(([name]) => [`#${name}`, name])),
    }),
  };
}

/** `placedAt` has milliseconds. */
function justBefore(instant: string): string {
  return new Date(Date.parse(instant) - 1).toISOString();
}

function summaryOf({ orderId, status, channel, currency, total, version, placedAt }: StoredOrder): OrderSummary {
  return { orderId, status, channel, currency, total, version, placedAt };
}
