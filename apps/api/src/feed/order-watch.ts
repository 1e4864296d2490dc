import { Injectable } from '@nestjs/common';
import { OrderTable } from '#libs/order-store';
import type { StoredOrder } from '#libs/orders';

/** How late a change is told at most, beside the reads: those of all watched orders go in calls of a hundred. */
const LOOK_EVERY_MS = 1_000;

type Watcher = (order: StoredOrder) => void;

/** Looks at the orders that somebody watches, once a second, each once however many watch it. */
@Injectable()
export class OrderWatch {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private timer: NodeJS.Timeout | undefined;
  private looking = false;

  constructor(private readonly table: OrderTable) {}

  /** Tells the order as it is, again and again, until what is returned is called. */
  watch(orderKey: string, watcher: Watcher): () => void {
    const others = this.watchers.get(orderKey) ?? new Set();
    this.watchers.set(orderKey, others.add(watcher));
    this.timer ??= setInterval(() => void this.look(), LOOK_EVERY_MS);
    return () => {
      others.delete(watcher);
      if (others.size === 0 && this.watchers.get(orderKey) === others) this.watchers.delete(orderKey);
      if (this.watchers.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  private async look(): Promise<void> {
    // A table that is slow is asked anew only when it has answered.
    if (this.looking) return;
    this.looking = true;
    await Promise.allSettled([...this.watchers.keys()].map((orderKey) => this.lookAt(orderKey)));
    this.looking = false;
  }

  /** A look that fails is made up for by the next. */
  private async lookAt(orderKey: string): Promise<void> {
    const order = await this.table.find(orderKey);
    if (order) this.watchers.get(orderKey)?.forEach((watcher) => watcher(order));
  }
}
