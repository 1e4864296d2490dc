import type { Clock } from './clock.ts';
import type { StreamConsumerOptions } from './options.ts';

/**
 * Time limits of a shard that is being stopped. The last part is reserved for records in flight: otherwise an item with
 * many records in a row would have one in flight at the end, and the shard would have no owner for a lease's duration.
 *
 *     stop                     nothing new is started        nothing is waited for
 *     |--------------------------------|---------------------------|
 *     0          stopTimeoutMs − publishMarginMs, or half     stopTimeoutMs
 */
export class StopLimits {
  private readonly filling = new AbortController();
  private readonly waiting = new AbortController();
  /** Aborts when no further publish may start, even if holes remain. */
  readonly startsNothing = this.filling.signal;
  /** Aborts when publishes in flight are no longer waited for. */
  readonly waitsNoLonger = this.waiting.signal;
  private cancels: (() => void)[] | undefined;

  /** Starts the time limits; further calls have no effect. */
  start(clock: Clock, { stopTimeoutMs, publishMarginMs }: StreamConsumerOptions): void {
    const lastPartMs = Math.min(publishMarginMs, stopTimeoutMs / 2);
    this.cancels ??= [
      clock.after(stopTimeoutMs - lastPartMs, () => this.filling.abort()),
      clock.after(stopTimeoutMs, () => this.waiting.abort()),
    ];
  }

  /** Ends both limits at once. */
  end(): void {
    for (const cancel of this.cancels ?? []) cancel();
    this.filling.abort();
    this.waiting.abort();
  }
}
