import {
  QueryCommand,
  type QueryCommandInput,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  APPROVAL_QUEUES,
  approvalQueueOf,
  type Channel,
  OrderError,
  type OrderStatus,
  type OrderSummary,
  type StoredOrder,
} from '#libs/orders';
import { type CursorPosition, decodeCursor, encodeCursor } from './order-cursor.ts';
import { tableCall } from './table-call.ts';

export interface OrderPage {
  data: OrderSummary[];
  nextCursor: string | null;
}

/** Which orders to list: a customer's, newest first, or all that await approval, oldest first. */
export interface OrderQuery extends OrderFilter {
  of: { customerId: string } | { approvalQueue: 'AWAITING_APPROVAL' };
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

/** The orders that were read from one partition of an index. */
interface PartitionPage {
  orders: StoredOrder[];
  /** Where the partition goes on; undefined at its end. */
  end: CursorPosition | undefined;
}

const CUSTOMER_ORDERS_INDEX = 'customer-orders';
const APPROVAL_QUEUE_INDEX = 'approval-queue';
/** A page takes at most this many queries, with a filter of 100 orders each, then is answered, even if it is short or empty. */
const MAX_QUERIES = 10;
const FILTERED_PER_QUERY = 100;

/** Pages of orders, from the indexes of the orders table. */
export class OrderList {
  private readonly client: DynamoDBClient;
  private readonly tableName: string;

  constructor(client: DynamoDBClient, tableName: string) {
    this.client = client;
    this.tableName = tableName;
  }

  /** @throws OrderError MALFORMED_CURSOR or TABLE_UNAVAILABLE */
  async page(query: OrderQuery): Promise<OrderPage> {
    const cursor = query.cursor === undefined ? undefined : cursorOf(query);
    const partitions = partitionsOf(query).map((_, partition) => this.read(query, partition, cursor));
    return merged(query, await Promise.all(partitions));
  }

  private async read(query: OrderQuery, partition: number, cursor: CursorPosition | undefined): Promise<PartitionPage> {
    const range = rangeAfter(query, partition, cursor);
    const orders: StoredOrder[] = [];
    if (range.first > range.last) return { orders, end: undefined };
    const index = indexQuery(query, partition, range);
    let position = range.after && marshall({ ...range.after, ...hashKeyOf(query, partition) });
    const maxQueries = Math.floor(MAX_QUERIES / partitionsOf(query).length);
    for (let queries = 0; queries < maxQueries; queries += 1) {
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
      orders.push(...Items.map((item) => unmarshall(item) as StoredOrder));
      position = LastEvaluatedKey;
      if (!position || orders.length >= query.limit) break;
    }
    return { orders, end: position && positionOf(position) };
  }
}

/** Merges partitions by time. Of orders with the same time, those of the earlier partition come first. */
function merged(query: OrderQuery, pages: readonly PartitionPage[]): OrderPage {
  const direction = isAscending(query) ? 1 : -1;
  const compare = (one: CursorPosition, other: CursorPosition): number => {
    if (one.placedAt !== other.placedAt) return one.placedAt < other.placedAt ? -direction : direction;
    return partitionOf(query, one) - partitionOf(query, other);
  };
  // Beyond the first of these positions, orders that were not read yet may come between those that were.
  const [end] = pages.flatMap((page) => page.end ?? []).toSorted(compare);
  const orders = pages.flatMap((page) => page.orders).toSorted(compare);
  const found = end ? orders.filter((order) => compare(order, end) <= 0) : orders;
  const page = found.slice(0, query.limit);
  // If more orders were found than fit, the next page starts after the last order of this one.
  const last = found.length > page.length ? page.at(-1) : end;
  return { data: page.map(summaryOf), nextCursor: last ? encodeCursor(last) : null };
}

function isAscending({ of }: OrderQuery): boolean {
  return !('customerId' in of);
}

/** The values of the index's hash key: a customer's orders are in one partition, those that await approval in several. */
function partitionsOf({ of }: OrderQuery): readonly string[] {
  return 'customerId' in of ? [of.customerId] : APPROVAL_QUEUES;
}

function partitionOf({ of }: OrderQuery, { orderKey }: CursorPosition): number {
  return 'customerId' in of ? 0 : APPROVAL_QUEUES.indexOf(approvalQueueOf(orderKey));
}

function hashKeyOf(query: OrderQuery, partition: number): Record<string, string> {
  const name = 'customerId' in query.of ? 'customerId' : 'approvalQueue';
  return { [name]: partitionsOf(query)[partition] as string };
}

/** Texts of instants sort as the instants do. */
const FIRST_INSTANT = '1970-01-01T00:00:00.000Z';
const LAST_INSTANT = '9999-12-31T23:59:59.999Z';

interface Range {
  first: string;
  last: string;
  after?: CursorPosition;
}

function rangeOf({ from = FIRST_INSTANT, to }: OrderFilter): Range {
  return { first: from, last: to === undefined ? LAST_INSTANT : justBefore(to) };
}

/** What a partition has after the cursor, which is in one of the partitions. See `merged` for orders with the same time. */
function rangeAfter(query: OrderQuery, partition: number, cursor: CursorPosition | undefined): Range {
  const range = rangeOf(query);
  if (!cursor) return range;
  const distance = partition - partitionOf(query, cursor);
  if (distance === 0) return { ...range, after: cursor };
  // A text that sorts after this instant and before the next.
  return { ...range, first: distance > 0 ? cursor.placedAt : `${cursor.placedAt}~` };
}

/** A cursor outside the range is from another query; DynamoDB refuses to start there. */
function cursorOf(query: OrderQuery): CursorPosition {
  const cursor = decodeCursor(query.cursor as string);
  const { first, last } = rangeOf(query);
  if (cursor.placedAt >= first && cursor.placedAt <= last) return cursor;
  throw new OrderError('MALFORMED_CURSOR', 'expected the nextCursor of a page of this query, got one of another');
}

function indexQuery(query: OrderQuery, partition: number, { first, last }: Range): Partial<QueryCommandInput> {
  const { status, channel } = query;
  const [[key, owner]] = Object.entries(hashKeyOf(query, partition)) as [[string, string]];
  const filters = Object.entries({ status, channel }).filter(([, value]) => value !== undefined);
  const values = Object.fromEntries(filters.map(([name, value]) => [`:${name}`, value]));
  return {
    IndexName: 'customerId' in query.of ? CUSTOMER_ORDERS_INDEX : APPROVAL_QUEUE_INDEX,
    KeyConditionExpression: `${key} = :owner AND placedAt BETWEEN :first AND :last`,
    ScanIndexForward: isAscending(query),
    ExpressionAttributeValues: marshall({ ':owner': owner, ':first': first, ':last': last, ...values }),
    ...(filters.length > 0 && {
      FilterExpression: filters.map(([name]) => `#${name} = :${name}`).join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(filters.map(([name]) => [`#${name}`, name])),
    }),
  };
}

function positionOf(key: Record<string, AttributeValue>): CursorPosition {
  return unmarshall(key) as CursorPosition;
}

/** `placedAt` has milliseconds. */
function justBefore(instant: string): string {
  return new Date(Date.parse(instant) - 1).toISOString();
}

function summaryOf({ orderId, status, channel, currency, total, version, placedAt }: StoredOrder): OrderSummary {
  return { orderId, status, channel, currency, total, version, placedAt };
}
