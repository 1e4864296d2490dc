import { anOrderRequest } from '../../libs/orders/src/testing/order-factory.ts';
import type { Pipeline } from './pipeline.ts';

/** Orders placed side by side; resolves to the ids of those that were answered 202, and keeps `accepted` up to date. */
export class Load {
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

  /** Resolves when that many orders were accepted; rejects when one was not. */
  async atLeast(count: number): Promise<void> {
    if (this.accepted.length >= count) return;
    await Promise.race([new Promise<void>((resolve) => this.reached.push({ count, resolve })), this.finished]);
  }

  private async placeOne(): Promise<void> {
    this.accepted.push(await this.pipeline.accepted(this.token, anOrderRequest()));
    for (const { count, resolve } of this.reached) if (this.accepted.length >= count) resolve();
  }
}
