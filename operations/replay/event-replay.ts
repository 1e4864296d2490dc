import { paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { OrderTable } from '#libs/order-store';
import { OrderIds, orderVersions, replayMessageOf, type StoredOrder } from '#libs/orders';
import { type EventConsumer, eventConsumers, ordersTable } from '#libs/resources';
import { openQuarantine } from '../dead-letters/relay-queue.ts';
import type { Environment } from '../environment.ts';
import { paceOf } from '../pace.ts';
import { queueSender, type SendToQueue } from '../queue-sender.ts';
import { textOf } from '../terminal.ts';
import type { ReplayArguments, TimeWindow } from './arguments.ts';

const IDS_PER_PAGE = 100;
const ITEMS_PER_PAGE = 500;
/** Orders whose events are sent side by side: enough to fill some calls of ten. */
const ORDERS_AT_ONCE = 40;
/** Between the clocks of the api and the workers, which wrote the times that the scan filters by. */
const CLOCK_DIFFERENCE_MS = 5 * 60_000;

type EventMessage = ReturnType<typeof replayMessageOf>;
type EventReplay = Awaited<ReturnType<typeof openReplay>>;
export type ReplayResult = EventReplay['result'];
/** Called before an order's events are sent. */
type OnOrder = (orderId: string, versions: readonly number[]) => void;

/** Finds the queues of the services, and the orders that are in quarantine. */
export async function openReplay(environment: Environment, typed: ReplayArguments) {
  const senders = new Map<EventConsumer, SendToQueue>();
  for (const consumer of eventConsumers.filter(({ name }) => typed.consumers.includes(name)))
    senders.set(consumer, await queueSender(environment, consumer.queue.name));
  const orders = await (await openQuarantine(environment)).orders();
  const quarantined = new Set(orders.map(({ orderKey }) => orderKey));
  /** What came of it so far, or with `--dry-run` would come of it. */
  const result = {
    /** Items of the table that were read, and the read units that the scan took. */
    read: 0,
    readUnits: 0,
    /** Orders with an event that was published again, and these events. */
    orders: 0,
    events: 0,
    /** Messages by service: fewer than events where its filter policy leaves some out. */
    sent: {} as Record<string, number>,
    /** Ids of orders: there is no such order; only the newest event can be made; none can; it is in quarantine. */
    unknown: [] as string[],
    newestOnly: [] as string[],
    unpublishable: [] as string[],
    quarantined: [] as string[],
    /** Everything up to here was done. Undefined when nothing was, or nothing is left. */
    cursor: typed.after,
    stoppedBy: undefined as string | undefined,
  };
  return { environment, typed, senders, quarantined, pace: paceOf(typed.rate), result };
}

/**
 * Publishes events of orders again, those of one order one after the other, each once the one before it has arrived. Ends
 * soon after the signal aborts. The result says what stopped it.
 */
export async function runReplay(replay: EventReplay, signal: AbortSignal, onPage: () => void, onOrder: OnOrder) {
  const { environment, typed, result } = replay;
  const pages = typed.orderIds ? ordersById(environment, typed.orderIds) : ordersByTime(environment, typed, signal);
  try {
    for await (const { orders, ...page } of pages) {
      // A page without a selected order checks nothing else.
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

/** The orders by their ids, read consistently. */
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
 * All orders that may have an event in the window. No index has the times of events, and one would cost a write for every
 * change, for what is done once in a year. So this scans the table, at a bounded rate.
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
 * The versions of an order whose events can be published again, oldest first, those of the window if there is one. The
 * newest one has the whole order: where it is the only one it stands for all of them, and is published although it can
 * be later.
 */
function publishableVersions(order: StoredOrder, window: TimeWindow | undefined) {
  const isInWindow = (at: string) => !window || (at >= window.from && at < window.until);
  const { versions, complete } = orderVersions(order);
  if (complete) return { versions: versions.filter((version) => isInWindow(version.order.updatedAt)) };
  const changes = order.history ?? [{ at: order.updatedAt }];
  if (!changes.some(({ at }) => isInWindow(at))) return { versions: [] };
  return { versions, limit: versions.length > 0 ? ('newestOnly' as const) : ('unpublishable' as const) };
}

/** To the queues of the services, as raw delivery from the topic brings it. */
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

/** Whether the topic would deliver the message to the service: the policies have exact values only. */
export function wants({ filterPolicy = {} }: Pick<EventConsumer, 'filterPolicy'>, { attributes }: EventMessage) {
  const rules = Object.entries(filterPolicy);
  return rules.every(([name, values]) => values.includes(attributes[name as keyof typeof attributes]));
}
