import type { Clock } from './clock.ts';
import type { StreamConsumerOptions } from './options.ts';

/**
 * How long a shard that is being left goes on. Its last part is for what is in flight: an item with many records in a row
 * would else be in the midst of one when time is up, and its shard stay without owner for a lease.
 *
 *     stop                     nothing new is started        nothing is waited for
 *     |--------------------------------|---------------------------|
 *     0          stopTimeoutMs − publishMarginMs, or half     stopTimeoutMs
 */
export class StopLimits {
  private readonly filling = new AbortController();
  private readonly waiting = new AbortController();
  private cancels: (() => void)[] | undefined;

  /** Aborts when no more publishes are started, though there be holes. */
  get startsNothing(): AbortSignal {
    return this.filling.signal;
  }

  /** Aborts when publishes in flight are no longer waited for. */
  get waitsNoLonger(): AbortSignal {
    return this.waiting.signal;
  }

  /** From the first call on the time runs. */
  begin(clock: Clock, { stopTimeoutMs, publishMarginMs }: StreamConsumerOptions): void {
    const lastPartMs = Math.min(publishMarginMs, stopTimeoutMs / 2);
    this.cancels ??= [
      clock.after(stopTimeoutMs - lastPartMs, () => this.filling.abort()),
      clock.after(stopTimeoutMs, () => this.waiting.abort()),
    ];
  }

  /** Time is up now. */
  end(): void {
    for (const cancel of this.cancels ?? []) cancel();
    this.filling.abort();
    this.waiting.abort();
  }
}
