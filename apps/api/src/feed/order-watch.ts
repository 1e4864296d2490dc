import { Injectable } from '@nestjs/common';
import { OrderTable } from '#libs/order-store';
import type { StoredOrder } from '#libs/orders';

/** A change is seen at most this late, plus the time of a read. All watched orders are read in calls of up to 100. */
const READ_EVERY_MS = 1_000;

type Watcher = (order: StoredOrder) => unknown;

/** Reads each watched order once a second, however many callers watch it. */
@Injectable()
export class OrderWatch {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private timer: NodeJS.Timeout | undefined;
  private reading = false;

  constructor(private readonly table: OrderTable) {}

  /** The order, as soon as it is newer than `version`; undefined after `timeoutMs`, or when `ended` aborts first. */
  async newer(
    orderKey: string,
    version: number,
    timeoutMs: number,
    ended: AbortSignal,
  ): Promise<StoredOrder | undefined> {
    if (ended.aborted) return undefined;
    const { promise, resolve } = Promise.withResolvers<StoredOrder | undefined>();
    const giveUp = () => resolve(undefined);
    const unwatch = this.watch(orderKey, (order) => order.version > version && resolve(order));
    const timer = setTimeout(giveUp, timeoutMs);
    ended.addEventListener('abort', giveUp);
    return promise.finally(() => {
      unwatch();
      clearTimeout(timer);
      ended.removeEventListener('abort', giveUp);
    });
  }

  /** Calls the watcher with the order after each read. The returned function ends this. */
  private watch(orderKey: string, watcher: Watcher): () => void {
    const others = this.watchers.get(orderKey) ?? new Set();
    this.watchers.set(orderKey, others.add(watcher));
    this.timer ??= setInterval(() => void this.readAll(), READ_EVERY_MS);
    return () => {
      others.delete(watcher);
      if (others.size === 0 && this.watchers.get(orderKey) === others) this.watchers.delete(orderKey);
      if (this.watchers.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  private async readAll(): Promise<void> {
    // A slow table is read again only when it has answered.
    if (this.reading) return;
    this.reading = true;
    await Promise.allSettled([...this.watchers.keys()].map((orderKey) => this.read(orderKey)));
    this.reading = false;
  }

  /** A failed read is ignored: the next one comes in a second. */
  private async read(orderKey: string): Promise<void> {
    const order = await this.table.find(orderKey);
    if (order) this.watchers.get(orderKey)?.forEach((watcher) => watcher(order));
  }
}
