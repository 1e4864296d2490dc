import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { ordersTable } from '#libs/resources';
import { OrderIds, type StoredOrder } from '#libs/orders';
import { OrderTable } from '#libs/order-store';
import type { Target } from '../target.ts';
import { UsageError } from '../usage-error.ts';
import { Pace } from '../pace.ts';
import type { ReplayOptions, TimeWindow } from './replay-options.ts';

type Key = Record<string, AttributeValue>;

/** Some of the orders that were asked for. */
export interface OrderPage {
  orders: StoredOrder[];
  /** Ids that no order has. */
  unknown: string[];
  /** Items that were looked at, and what it took. */
  read: number;
  readUnits: number;
  /** Where to go on after this page; undefined after the last. */
  cursor: string | undefined;
}

const IDS_PER_PAGE = 100;
const ITEMS_PER_PAGE = 500;
/** The clocks of api and workers, which wrote the times that the table is looked through by. */
const CLOCK_DIFFERENCE_MS = 5 * 60_000;

/** The orders by id, else all that may have an event in the window; a page at a time. */
export function askedOrders(target: Target, options: ReplayOptions, signal: AbortSignal): AsyncGenerator<OrderPage> {
  const { orderIds, window, after, readRate } = options;
  if (orderIds) return ordersById(target, idsAfter(orderIds, after));
  return ordersByTime(target, window as TimeWindow, after, new Pace(readRate), signal);
}

function idsAfter(orderIds: readonly string[], after: string | undefined): readonly string[] {
  if (after === undefined) return orderIds;
  if (!orderIds.includes(after)) throw new UsageError(`--after must be one of the orders, got ${after}`);
  return orderIds.slice(orderIds.indexOf(after) + 1);
}

/** Read consistently. */
async function* ordersById(target: Target, orderIds: readonly string[]): AsyncGenerator<OrderPage> {
  const table = new OrderTable(target.dynamodb, target.nameOf(ordersTable.name));
  for (let first = 0; first < orderIds.length; first += IDS_PER_PAGE) {
    const ids = orderIds.slice(first, first + IDS_PER_PAGE);
    const found = await Promise.all(ids.map((id) => table.find(OrderIds.keyOf(id))));
    yield {
      orders: found.filter((order) => order !== undefined),
      unknown: ids.filter((_, position) => found[position] === undefined),
      read: ids.length,
      readUnits: 0,
      cursor: first + IDS_PER_PAGE < orderIds.length ? ids.at(-1) : undefined,
    };
  }
}

/**
 * No index has the times of events, and one would cost a write of every change for what is done once in a year. So the
 * table is looked through, each item once, whatever its size, no faster than asked.
 */
async function* ordersByTime(
  target: Target,
  window: TimeWindow,
  after: string | undefined,
  pace: Pace,
  signal: AbortSignal,
): AsyncGenerator<OrderPage> {
  let from: Key | undefined = after === undefined ? undefined : marshall({ orderKey: after });
  do {
    const page = await scan(target, window, from);
    const { Items = [], ScannedCount = 0, ConsumedCapacity, LastEvaluatedKey } = page;
    from = LastEvaluatedKey;
    const readUnits = ConsumedCapacity?.CapacityUnits ?? 0;
    const orders = Items.map((item) => unmarshall(item) as StoredOrder);
    yield { orders, unknown: [], read: ScannedCount, readUnits, cursor: from?.['orderKey']?.S };
    if (from) await pace.take(readUnits, signal);
  } while (from);
}

function scan(target: Target, { from, until }: TimeWindow, ExclusiveStartKey: Key | undefined) {
  const moved = (instant: string, milliseconds: number) => new Date(Date.parse(instant) + milliseconds).toISOString();
  return target.dynamodb.send(
    new ScanCommand({
      TableName: target.nameOf(ordersTable.name),
      Limit: ITEMS_PER_PAGE,
      ...(ExclusiveStartKey && { ExclusiveStartKey }),
      FilterExpression: 'updatedAt >= :from AND placedAt < :until',
      ExpressionAttributeValues: marshall({
        ':from': moved(from, -CLOCK_DIFFERENCE_MS),
        ':until': moved(until, CLOCK_DIFFERENCE_MS),
      }),
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
}
