import { paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { OrderTable } from '#libs/order-store';
import {
  isUnpublished,
  OrderIds,
  orderVersions,
  replayMessageOf,
  type OrderVersion,
  type StoredOrder,
} from '#libs/orders';
import { type EventConsumer, eventConsumers, ordersTable } from '#libs/resources';
import { openQuarantine } from '../dead-letters/relay-queue.ts';
import { EnvironmentError, type Environment } from '../environment.ts';
import { logOperation } from '../operations-log.ts';
import { paceOf } from '../pace.ts';
import { queueSender, type SendToQueue } from '../queue-sender.ts';
import { textOf } from '../terminal.ts';
import { responsibility } from '../tool.ts';
import type { ReplayArguments, TimeWindow } from './arguments.ts';

const IDS_PER_PAGE = 100;
const ITEMS_PER_PAGE = 500;
/** The number of orders whose events are sent in parallel: enough to fill some calls of ten. */
const ORDERS_AT_ONCE = 40;
/** The clocks of apis and workers, which wrote the times in the scan's filter, may differ by this much. */
const CLOCK_DIFFERENCE_MS = 5 * 60_000;

type EventMessage = ReturnType<typeof replayMessageOf>;
type EventReplay = Awaited<ReturnType<typeof openReplay>>;
export type ReplayResult = EventReplay['result'];
/** Called before an order's events are sent. */
type OnOrder = (orderId: string, versions: readonly number[]) => void;

/** Finds the queues of the services and the quarantined orders. */
export async function openReplay(environment: Environment, typed: ReplayArguments) {
  const senders = new Map<EventConsumer, SendToQueue>();
  for (const consumer of eventConsumers.filter(({ name }) => typed.consumers.includes(name)))
    if (environment.hasQueue(consumer.queue.name))
      senders.set(consumer, await queueSender(environment, consumer.queue.name));
  if (senders.size === 0)
    throw new EnvironmentError(`${environment.name} has no queue of ${typed.consumers.join(', ')}: see its consumers`);
  const orders = await (await openQuarantine(environment)).orders();
  const quarantined = new Set(orders.map(({ orderKey }) => orderKey));
  /** The result so far. With `--dry-run`, what a replay would do. */
  const result = {
    /** Items that were read from the table, and the read units of the scan. */
    read: 0,
    readUnits: 0,
    /** Orders with republished events, and these events. */
    orders: 0,
    events: 0,
    /** Messages by service. A filter policy may leave out events. */
    sent: {} as Record<string, number>,
    /** Orders that do not exist. */
    unknown: [] as string[],
    /** Orders of which only the newest event can be derived, or none, and orders in quarantine. */
    newestOnly: [] as string[],
    unpublishable: [] as string[],
    quarantined: [] as string[],
    /** The last completed order. Undefined before the first one, and at the end. */
    cursor: typed.after,
    stoppedBy: undefined as string | undefined,
  };
  return { environment, typed, senders, quarantined, pace: paceOf(typed.rate), result };
}

/** Runs a replay, and logs it with who and why unless it is a dry run. Resolves to the outcome. */
export async function runReplay(
  replay: EventReplay,
  signal: AbortSignal,
  onPage: () => void = () => undefined,
  onOrder: OnOrder = () => undefined,
): Promise<string> {
  const { environment, typed, result } = replay;
  const { replay: id, consumers: to, orderIds, window, after, rate, dryRun } = typed;
  const work = async () => {
    await republish(replay, signal, onPage, onOrder);
    return outcomeOf(result);
  };
  if (dryRun) return work();
  const details = { replay: id, to, orders: orderIds?.slice(0, 100), window, after, rate };
  const operation = { tool: 'relay:replay', operation: 'replay', details, ...responsibility(typed) };
  return logOperation(environment, operation, work, () => countsOf(result));
}

function outcomeOf({ unknown, unpublishable, stoppedBy }: ReplayResult): string {
  if (stoppedBy !== undefined) return `STOPPED by ${stoppedBy}`;
  return unknown.length + unpublishable.length === 0 ? 'DONE' : 'INCOMPLETE';
}

/** The result for the log, with the number of orders instead of their ids. */
function countsOf(result: ReplayResult): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => [name, Array.isArray(value) ? value.length : value]),
  );
}

/**
 * Republishes events of orders. An order's event is sent after the previous one has arrived. Ends soon after the signal aborts.
 * The result has the reason why it stopped.
 */
async function republish(replay: EventReplay, signal: AbortSignal, onPage: () => void, onOrder: OnOrder) {
  const { environment, typed, result } = replay;
  const pages = typed.orderIds ? ordersById(environment, typed.orderIds) : ordersByTime(environment, typed, signal);
  try {
    for await (const { orders, ...page } of pages) {
      // A page without selected orders does not check the signal below.
      signal.throwIfAborted();
      result.read += page.read;
      result.readUnits += page.readUnits;
      result.unknown.push(...page.unknown);
      for (let from = 0; from < orders.length; from += ORDERS_AT_ONCE) {
        const some = orders.slice(from, from + ORDERS_AT_ONCE);
        const outcomes = await Promise.allSettled(some.map((order) => replayOrder(replay, order, signal, onOrder)));
        for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      }
      result.cursor = page.cursor;
      onPage();
    }
  } catch (error) {
    result.stoppedBy = signal.aborted ? 'a signal' : textOf(error);
  }
}

/** Reads orders by their ids, with consistent reads. */
async function* ordersById({ dynamodb, nameOf }: Environment, orderIds: readonly string[]) {
  const table = new OrderTable(dynamodb, nameOf(ordersTable.name));
  for (let from = 0; from < orderIds.length; from += IDS_PER_PAGE) {
    const ids = orderIds.slice(from, from + IDS_PER_PAGE);
    const found = await Promise.all(ids.map((id) => table.find(OrderIds.keyOf(id))));
    const orders = found.filter((order) => order !== undefined);
    const unknown = ids.filter((_, position) => found[position] === undefined);
    const cursor = from + IDS_PER_PAGE < orderIds.length ? ids.at(-1) : undefined;
    yield { orders, unknown, read: ids.length, readUnits: 0, cursor };
  }
}

/**
 * Reads all orders that may have an event in the window, with a scan of the table at a bounded rate. An index of event times
 * would cost a write for every change, for a task of once a year.
 */
async function* ordersByTime({ dynamodb: client, nameOf }: Environment, typed: ReplayArguments, signal: AbortSignal) {
  const { after, readRate } = typed;
  const { from, until } = typed.window as TimeWindow;
  const pace = paceOf(readRate);
  const moved = (instant: string, milliseconds: number) => new Date(Date.parse(instant) + milliseconds).toISOString();
  const scan = {
    TableName: nameOf(ordersTable.name),
    Limit: ITEMS_PER_PAGE,
    FilterExpression: 'updatedAt >= :from AND placedAt < :until',
    ExpressionAttributeValues: marshall({
      ':from': moved(from, -CLOCK_DIFFERENCE_MS),
      ':until': moved(until, CLOCK_DIFFERENCE_MS),
    }),
    ReturnConsumedCapacity: 'TOTAL' as const,
  };
  const startingToken = after === undefined ? undefined : marshall({ orderKey: after });
  for await (const page of paginateScan({ client, startingToken }, scan)) {
    const { Items = [], ScannedCount: read = 0, ConsumedCapacity, LastEvaluatedKey } = page;
    const readUnits = ConsumedCapacity?.CapacityUnits ?? 0;
    const orders = Items.map((item) => unmarshall(item) as StoredOrder);
    yield { orders, unknown: [], read, readUnits, cursor: LastEvaluatedKey?.['orderKey']?.S };
    if (LastEvaluatedKey) await pace(readUnits, signal);
  }
}

async function replayOrder(replay: EventReplay, order: StoredOrder, signal: AbortSignal, onOrder: OnOrder) {
  const { environment, typed, quarantined, pace, result } = replay;
  signal.throwIfAborted();
  const { versions, limit } = publishableVersions(order, typed.window);
  if (limit) result[limit].push(order.orderId);
  if (quarantined.has(order.orderKey) && (versions.length > 0 || limit)) result.quarantined.push(order.orderId);
  if (versions.length === 0) return;
  const numbers = versions.map((version) => version.order.version);
  onOrder(order.orderId, numbers);
  result.orders += 1;
  for (const version of versions) {
    if (!typed.dryRun) await pace(1, signal);
    await sendEvent(replay, replayMessageOf(version, environment.origin, typed.replay));
    result.events += 1;
  }
}

/**
 * The versions of an order whose events can be republished, oldest first, restricted to the window if there is one. If only the
 * newest event can be derived, it is published in place of all of them, even if it is later than the window.
 */
function publishableVersions(order: StoredOrder, window: TimeWindow | undefined) {
  const isInWindow = (at: string) => !window || (at >= window.from && at < window.until);
  const { versions, complete } = orderVersions(order);
  const isWanted = (version: OrderVersion) => isInWindow(version.order.updatedAt) && !isUnpublished(version);
  if (complete) return { versions: versions.filter(isWanted) };
  const changes = order.history ?? [{ at: order.updatedAt }];
  if (!changes.some(({ at }) => isInWindow(at))) return { versions: [] };
  return { versions, limit: versions.length > 0 ? ('newestOnly' as const) : ('unpublishable' as const) };
}

/** Sends an event to the queues of the services in the form of the topic's raw delivery. */
async function sendEvent({ typed, senders, result }: EventReplay, message: EventMessage): Promise<void> {
  const { groupId, deduplicationId, body, attributes } = message;
  const texts = Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]);
  const outgoing = {
    MessageBody: body,
    MessageGroupId: groupId,
    MessageDeduplicationId: deduplicationId,
    MessageAttributes: Object.fromEntries(texts) as Record<string, { DataType: string; StringValue: string }>,
  };
  const wanted = [...senders].filter(([consumer]) => wants(consumer, message));
  await Promise.all(
    wanted.map(async ([{ name }, send]) => {
      if (!typed.dryRun) await send(outgoing);
      result.sent[name] = (result.sent[name] ?? 0) + 1;
    }),
  );
}

/** Whether the topic would deliver the message to the service. The filter policies have only exact values. */
export function wants({ filterPolicy = {} }: Pick<EventConsumer, 'filterPolicy'>, { attributes }: EventMessage) {
  const rules = Object.entries(filterPolicy);
  return rules.every(([name, values]) => values.includes(attributes[name as keyof typeof attributes]));
}
