import { QueryCommand, type QueryCommandInput, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  type Channel,
  isOpenReturn,
  isOrderId,
  OrderError,
  OrderIds,
  type OrderStatus,
  type OrderSummary,
  partitionNumberOf,
  partitionsOfLookup,
  partitionsOfWork,
  type StoredOrder,
  type WorkList,
} from '#libs/orders';
import { type CursorPosition, decodeCursor, encodeCursor } from './order-cursor.ts';
import { tableCall } from './table-call.ts';

export interface OrderPage {
  data: OrderSummary[];
  nextCursor: string | null;
}

/** Which orders to list: a customer's, newest first; or oldest first, all that wait for somebody or have a number. */
export interface OrderQuery extends OrderFilter {
  of:
    | { customerId: string }
    | { work: WorkList }
    | { purchaseOrderNumber: string }
    | { paymentReference: string }
    | { invoiceNumber: string }
    | { importedNumber: string };
  limit: number;
  cursor?: string | undefined;
}

/** `from` (inclusive) and `to` (exclusive) bound `placedAt`, in a list of work `since`. ISO 8601, UTC, milliseconds, from 1970 on. */
export interface OrderFilter {
  status?: OrderStatus | undefined;
  channel?: Channel | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** The index that has a list, and the values of its hash key in which the list is. */
interface ListIndex {
  name: string;
  hashKey: string;
  rangeKey: 'placedAt' | 'updatedAt';
  partitions: readonly string[];
}

interface IndexedQuery extends OrderQuery {
  index: ListIndex;
}

/** The orders that were read from one partition of an index. */
interface PartitionPage {
  orders: StoredOrder[];
  /** Where the partition goes on; undefined at its end. */
  end: CursorPosition | undefined;
}

const INVOICE_PREFIX = 'INV-';
/** A page takes at most this many queries, with a filter of 100 orders each, then is answered, even if it is short or empty. */
const MAX_QUERIES = 10;
const FILTERED_PER_QUERY = 100;

/** Pages of orders, from the indexes of the orders table. */
export class OrderList {
  private readonly client: DynamoDBClient;
  private readonly tableName: string;
  private readonly find: (orderKey: string) => Promise<StoredOrder | undefined>;

  constructor(client: DynamoDBClient, tableName: string, find: (orderKey: string) => Promise<StoredOrder | undefined>) {
    this.client = client;
    this.tableName = tableName;
    this.find = find;
  }

  /** @throws OrderError MALFORMED_CURSOR or TABLE_UNAVAILABLE */
  async page(listed: OrderQuery): Promise<OrderPage> {
    if ('invoiceNumber' in listed.of) return this.ofInvoice(listed.of.invoiceNumber);
    if ('importedNumber' in listed.of) return this.ofImported(listed.of.importedNumber);
    const query = { ...listed, index: indexOf(listed.of) };
    const cursor = query.cursor === undefined ? undefined : cursorOf(query);
    const partitions = query.index.partitions.map((_, partition) => this.read(query, partition, cursor));
    const { orders, end } = merged(query, await Promise.all(partitions));
    const isLookup = !('customerId' in query.of || 'work' in query.of);
    const found = isLookup ? await Promise.all(orders.map(({ orderKey }) => this.find(orderKey))) : orders;
    const data = found.filter((order) => order !== undefined).map((order) => summaryOf(query.of, order));
    return { data, nextCursor: end ? encodeCursor(end) : null };
  }

  /** The number of an invoice has the id of its order. */
  private async ofInvoice(invoiceNumber: string): Promise<OrderPage> {
    const orderId = invoiceNumber.slice(INVOICE_PREFIX.length);
    const order = isOrderId(orderId) ? await this.find(OrderIds.keyOf(orderId)) : undefined;
    const isFound = order?.invoice?.invoiceNumber === invoiceNumber;
    return { data: isFound ? [summaryOf({ invoiceNumber }, order)] : [], nextCursor: null };
  }

  /** An imported order's id is made from its number. */
  private async ofImported(importedNumber: string): Promise<OrderPage> {
    const order = await this.find(OrderIds.keyOf(OrderIds.ofImported(importedNumber)));
    return { data: order ? [summaryOf({ importedNumber }, order)] : [], nextCursor: null };
  }

  private async read(
    query: IndexedQuery,
    partition: number,
    cursor: CursorPosition | undefined,
  ): Promise<PartitionPage> {
    const range = rangeAfter(query, partition, cursor);
    const orders: StoredOrder[] = [];
    if (range.first > range.last) return { orders, end: undefined };
    const { index: list, limit } = query;
    const index = indexQuery(query, partition, range);
    const { after } = range;
    let position =
      after &&
      marshall({ orderKey: after.orderKey, [list.rangeKey]: after.at, [list.hashKey]: list.partitions[partition] });
    const maxQueries = Math.floor(MAX_QUERIES / list.partitions.length);
    for (let queries = 0; queries < maxQueries; queries += 1) {
      const { Items = [], LastEvaluatedKey } = await tableCall(() =>
        this.client.send(
          new QueryCommand({
            TableName: this.tableName,
            ...index,
            Limit: index.FilterExpression ? FILTERED_PER_QUERY : limit,
            ...(position && { ExclusiveStartKey: position }),
          }),
        ),
      );
      orders.push(...Items.map((item) => unmarshall(item) as StoredOrder));
      position = LastEvaluatedKey;
      if (!position || orders.length >= limit) break;
    }
    return { orders, end: position && positionOf(query, unmarshall(position) as StoredOrder) };
  }
}

/** Merges partitions by time. Of orders with the same time, those of the earlier partition come first. */
function merged(query: IndexedQuery, pages: readonly PartitionPage[]): PartitionPage {
  const direction = isAscending(query) ? 1 : -1;
  const compare = (one: CursorPosition, other: CursorPosition): number => {
    if (one.at !== other.at) return one.at < other.at ? -direction : direction;
    return partitionOf(query, one) - partitionOf(query, other);
  };
  // Beyond the first of these positions, orders that were not read yet may come between those that were.
  const [end] = pages.flatMap((page) => page.end ?? []).toSorted(compare);
  const orders = pages
    .flatMap((page) => page.orders)
    .toSorted((one, other) => compare(positionOf(query, one), positionOf(query, other)));
  const found = end ? orders.filter((order) => compare(positionOf(query, order), end) <= 0) : orders;
  const page = found.slice(0, query.limit);
  // If more orders were found than fit, the next page starts after the last order of this one.
  const last = found.length > page.length ? page.at(-1) : undefined;
  return { orders: page, end: last ? positionOf(query, last) : end };
}

function isAscending({ of }: OrderQuery): boolean {
  return !('customerId' in of);
}

function indexOf(of: Exclude<OrderQuery['of'], { invoiceNumber: string } | { importedNumber: string }>): ListIndex {
  const rangeKey = 'placedAt';
  if ('customerId' in of) {
    return { name: 'customer-orders', hashKey: 'customerId', rangeKey, partitions: [of.customerId] };
  }
  if ('work' in of) {
    return { name: 'work', hashKey: 'work', rangeKey: 'updatedAt', partitions: partitionsOfWork(of.work) };
  }
  if ('paymentReference' in of) {
    const partitions = partitionsOfLookup('paymentReference', of.paymentReference);
    return { name: 'payments', hashKey: 'paymentKey', rangeKey, partitions };
  }
  const partitions = partitionsOfLookup('purchaseOrderNumber', of.purchaseOrderNumber);
  return { name: 'purchase-orders', hashKey: 'purchaseOrderKey', rangeKey, partitions };
}

function partitionOf({ index }: IndexedQuery, { orderKey }: CursorPosition): number {
  return index.partitions.length === 1 ? 0 : partitionNumberOf(orderKey);
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
function rangeAfter(query: IndexedQuery, partition: number, cursor: CursorPosition | undefined): Range {
  const range = rangeOf(query);
  if (!cursor) return range;
  const distance = partition - partitionOf(query, cursor);
  if (distance === 0) return { ...range, after: cursor };
  // A text that sorts after this instant and before the next.
  return { ...range, first: distance > 0 ? cursor.at : `${cursor.at}~` };
}

/** A cursor outside the range is from another query; DynamoDB refuses to start there. */
function cursorOf(query: OrderQuery): CursorPosition {
  const cursor = decodeCursor(query.cursor as string);
  const { first, last } = rangeOf(query);
  if (cursor.at >= first && cursor.at <= last) return cursor;
  throw new OrderError('MALFORMED_CURSOR', 'expected the nextCursor of a page of this query, got one of another');
}

function indexQuery(query: IndexedQuery, partition: number, { first, last }: Range): Partial<QueryCommandInput> {
  const { index, channel } = query;
  const work = 'work' in query.of ? query.of.work : undefined;
  // The index has one list for all shipped orders that need work. Its other lists need no filter.
  const status = work === 'PARTIALLY_SHIPPED' ? work : query.status;
  const openReturns = work && isOpenReturn(work) ? work : undefined;
  const filters = Object.entries({ status, channel, openReturns }).filter(([, value]) => value !== undefined);
  const values = Object.fromEntries(filters.map(([name, value]) => [`:${name}`, value]));
  return {
    IndexName: index.name,
    KeyConditionExpression: `#hash = :hash AND #range BETWEEN :first AND :last`,
    ScanIndexForward: isAscending(query),
    ExpressionAttributeValues: marshall({
      ':hash': index.partitions[partition],
      ':first': first,
      ':last': last,
      ...values,
    }),
    ExpressionAttributeNames: {
      '#hash': index.hashKey,
      '#range': index.rangeKey,
      ...Object.fromEntries(filters.map(([name]) => [`#${name}`, name])),
    },
    ...(filters.length > 0 && {
      FilterExpression: filters
        .map(([name]) => (name === 'openReturns' ? `contains(#${name}, :${name})` : `#${name} = :${name}`))
        .join(' AND '),
    }),
  };
}

function positionOf(
  { index }: IndexedQuery,
  order: Pick<StoredOrder, 'orderKey' | ListIndex['rangeKey']>,
): CursorPosition {
  return { orderKey: order.orderKey, at: order[index.rangeKey] };
}

/** The instants of orders have milliseconds. */
function justBefore(instant: string): string {
  return new Date(Date.parse(instant) - 1).toISOString();
}

function summaryOf(of: OrderQuery['of'], order: StoredOrder): OrderSummary {
  const { orderId, status, channel, currency, total, version, placedAt } = order;
  const summary = { orderId, status, channel, currency, total, version, placedAt };
  if ('customerId' in of) return summary;
  const { customerId, purchaseOrderNumber, importedNumber, updatedAt } = order;
  return {
    ...summary,
    customerId,
    ...(purchaseOrderNumber !== undefined && { purchaseOrderNumber }),
    ...('importedNumber' in of && { importedNumber }),
    ...('work' in of && { since: updatedAt }),
  };
}
