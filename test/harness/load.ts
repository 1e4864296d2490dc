import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { aFreshOrder } from '#libs/orders';
import type { Pipeline } from './pipeline.ts';

const RETRY_MS = 100;

/** Clients that place orders concurrently, and send each again with its key until the answer is 202. */
export class Load {
  /** The ids of the orders accepted so far. */
  readonly accepted: string[] = [];
  readonly finished: Promise<void>;
  private readonly reached: { count: number; resolve: () => void }[] = [];

  constructor(
    private readonly pipeline: Pipeline,
    private readonly token: string,
    options: { orders: number; clients: number },
  ) {
    let left = options.orders;
    const client = async () => {
      while (left > 0) {
        left -= 1;
        await this.placeOne();
      }
    };
    this.finished = Promise.all(Array.from({ length: options.clients }, client)).then(() => undefined);
  }

  /** Resolves when this many orders are accepted. @throws Error when an order is refused */
  async atLeast(count: number): Promise<void> {
    if (this.accepted.length >= count) return;
    await Promise.race([new Promise<void>((resolve) => this.reached.push({ count, resolve })), this.finished]);
  }

  private async placeOne(): Promise<void> {
    this.accepted.push(await this.acceptedId(randomUUID()));
    for (const { count, resolve } of this.reached) if (this.accepted.length >= count) resolve();
  }

  private async acceptedId(key: string): Promise<string> {
    const order = aFreshOrder();
    for (;;) {
      try {
        return await this.pipeline.accepted(this.token, order, key);
      } catch (error) {
        // fetch throws a TypeError when no answer comes; 503 asks the client to try again.
        const mayPass = (error as Error).name === 'TypeError' || (error as Error).message.includes('got 503');
        if (!mayPass) throw error;
        await sleep(RETRY_MS);
      }
    }
  }
}
