import { fullJitterMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { StreamConsumerOptions } from './options.ts';
import { sleep } from './waiting.ts';

/** One kind of work, done again and again: after a pause, sooner when woken, and with backoff after failures. */
export class Rounds {
  private nap = new AbortController();
  private readonly around: { clock: Clock; random: () => number; options: StreamConsumerOptions };
  private readonly pauseMs: number;
  private readonly round: () => Promise<boolean>;

  /** @param round one turn of the work; answers whether it went well, and does not reject */
  constructor(around: Rounds['around'], pauseMs: number, round: () => Promise<boolean>) {
    this.around = around;
    this.pauseMs = pauseMs;
    this.round = round;
  }

  /** Begins with a pause; ends with the round during which the signal aborts. */
  async run(stopping: AbortSignal): Promise<void> {
    const { clock, random, options } = this.around;
    stopping.addEventListener('abort', () => this.wake(), { once: true });
    let failures = 0;
    while (!stopping.aborted) {
      const backoffMs = options.retry.baseMs + fullJitterMs(failures, options.retry, random);
      await sleep(clock, failures === 0 ? this.pauseMs : backoffMs, this.nap.signal);
      if (stopping.aborted) return;
      this.nap = new AbortController();
      failures = (await this.round()) ? 0 : failures + 1;
    }
  }

  /** The next round begins at once; one under way is followed by another. */
  wake(): void {
    this.nap.abort();
  }
}
