import { eventConsumers } from '#libs/resources';
import { replayMessageOf, type StoredOrder } from '#libs/orders';
import { ParkedOrders } from '../dead-letters/parked-orders.ts';
import type { Target } from '../target.ts';
import { askedOrders, type OrderPage } from './asked-orders.ts';
import { ConsumerQueue, type ReplayMessage } from './consumer-queue.ts';
import { Pace } from '../pace.ts';
import type { ReplayOptions } from './replay-options.ts';
import { toldEvents } from './told-events.ts';

/** Orders whose events go at a time: enough to fill some calls of ten. */
const ORDERS_AT_A_TIME = 40;

/** What came of a replay, or would come of it. */
export interface ReplayResult {
  /** Items of the table that were looked at, and the read units that looking through it took. */
  read: number;
  readUnits: number;
  /** Orders with an event that was told again, and these events. */
  orders: number;
  events: number;
  /** Messages by service: fewer than events where its filter policy leaves some out. */
  sent: Record<string, number>;
  /** Order ids: no such order; only the newest event could be told; none could; parked by the relay. */
  unknown: string[];
  newestOnly: string[];
  untellable: string[];
  parked: string[];
  /** Everything up to here was done; undefined when nothing was, or nothing is left. */
  cursor: string | undefined;
  /** What stopped it before its end. */
  stoppedBy?: string;
}

export type OnProgress = (result: ReplayResult) => void;
/** Before an order's events are sent: their versions. */
export type OnOrder = (orderId: string, versions: readonly number[]) => void;

/** Tells events of orders again, those of one order one after the other, each once the one before has arrived. */
export class Replay {
  readonly result: ReplayResult;
  private readonly target: Target;
  private readonly options: ReplayOptions;
  private readonly pace: Pace;
  private readonly queues: ConsumerQueue[] = [];
  private parked = new Set<string>();

  constructor(target: Target, options: ReplayOptions) {
    this.target = target;
    this.options = options;
    this.pace = new Pace(options.rate);
    this.result = {
      read: 0,
      readUnits: 0,
      orders: 0,
      events: 0,
      sent: Object.fromEntries(options.consumers.map((name) => [name, 0])),
      unknown: [],
      newestOnly: [],
      untellable: [],
      parked: [],
      cursor: options.after,
    };
  }

  /** Finds the queues. @throws TargetError when something is not there */
  async prepare(): Promise<void> {
    for (const consumer of eventConsumers.filter(({ name }) => this.options.consumers.includes(name))) {
      const url = await this.target.queueUrl(consumer.queue.name);
      this.queues.push(new ConsumerQueue(this.target.sqs, url, consumer));
    }
    const parked = await (await ParkedOrders.of(this.target)).all();
    this.parked = new Set(parked.map(({ orderKey }) => orderKey));
  }

  /** Ends with the page at hand when the signal says so. What stopped it is in the result. */
  async run(signal: AbortSignal, onProgress: OnProgress, onOrder: OnOrder): Promise<void> {
    const { result } = this;
    try {
      for await (const page of askedOrders(this.target, this.options, signal)) {
        // Of a page without an order that was asked for nothing else asks.
        signal.throwIfAborted();
        result.read += page.read;
        result.readUnits += page.readUnits;
        result.unknown.push(...page.unknown);
        await this.replayPage(page, signal, onOrder);
        result.cursor = page.cursor;
        onProgress(result);
      }
    } catch (error) {
      const { name, message } = error as Error;
      result.stoppedBy = signal.aborted ? 'a signal' : message || name;
    }
  }

  /** Some orders at a time; after a failure no further one begins. */
  private async replayPage({ orders }: OrderPage, signal: AbortSignal, onOrder: OnOrder): Promise<void> {
    const left = orders.values();
    let failure: unknown;
    const work = async () => {
      for (const order of left) {
        if (failure !== undefined) return;
        try {
          signal.throwIfAborted();
          await this.replayOrder(order, signal, onOrder);
        } catch (error) {
          failure ??= error;
        }
      }
    };
    await Promise.all(Array.from({ length: ORDERS_AT_A_TIME }, work));
    if (failure !== undefined) throw failure;
  }

  private async replayOrder(order: StoredOrder, signal: AbortSignal, onOrder: OnOrder): Promise<void> {
    const { result } = this;
    const { versions, limit } = toldEvents(order, this.options.window);
    if (limit === 'NONE') result.untellable.push(order.orderId);
    if (limit === 'NEWEST_ONLY') result.newestOnly.push(order.orderId);
    if (this.parked.has(order.orderKey) && (versions.length > 0 || limit)) result.parked.push(order.orderId);
    if (versions.length === 0) return;
    onOrder(
      order.orderId,
      versions.map((version) => version.order.version),
    );
    result.orders += 1;
    for (const version of versions) {
      const message = replayMessageOf(version, this.target.origin, this.options.replay);
      if (!this.options.dryRun) await this.pace.take(1, signal);
      await Promise.all(this.queues.map((queue) => this.send(queue, message)));
      result.events += 1;
    }
  }

  private async send(queue: ConsumerQueue, message: ReplayMessage): Promise<void> {
    if (!queue.wants(message)) return;
    if (!this.options.dryRun) await queue.send(message);
    this.result.sent[queue.name] = (this.result.sent[queue.name] ?? 0) + 1;
  }
}
