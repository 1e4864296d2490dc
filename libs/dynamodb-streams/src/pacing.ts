import { type Clock, sleep } from './clock.ts';

/** How long to wait before trying again. */
export interface BackoffOptions {
  /** Upper bound of the first wait, in milliseconds. */
  baseMs: number;
  /** Upper bound of every wait, in milliseconds. */
  capMs: number;
}

/** Pauses between reads of a shard, in milliseconds. */
export interface PollingPace {
  /** After a page that had some records but was not full. */
  busyPauseMs: number;
  /** The longest pause, reached by doubling while pages are empty. Empty reads are billed too. */
  idlePauseMs: number;
}

/**
 * Draws a wait with full jitter: evenly from zero to a bound that doubles with each failure
 * (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
 *
 * @param failures how often the call has failed, from 1
 * @param random evenly distributed in [0, 1)
 */
export function fullJitterMs(failures: number, { baseMs, capMs }: BackoffOptions, random: () => number): number {
  return random() * Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 30));
}

/** Returns the pause after a page of `found` records, of at most `wanted`. */
export function nextPauseMs(found: number, wanted: number, previousMs: number, pace: PollingPace): number {
  if (found >= wanted) return 0;
  if (found > 0) return pace.busyPauseMs;
  return Math.min(pace.idlePauseMs, Math.max(pace.busyPauseMs, previousMs * 2));
}

/** The dependencies of the waits after failed calls. */
interface PacingDependencies {
  clock: Clock;
  random: () => number;
  options: { retry: BackoffOptions };
}

/** Draws a wait of at least `baseMs` after a call that has failed so many times. */
export function backOffMs(failures: number, { random, options: { retry } }: PacingDependencies): number {
  return retry.baseMs + fullJitterMs(failures, retry, random);
}

/** Repeats one kind of work: after a pause, sooner when woken, and with backoff after failures. */
export class Rounds {
  private nap = new AbortController();
  private readonly dependencies: PacingDependencies;
  private readonly pauseMs: number;
  private readonly round: () => Promise<boolean>;

  /** @param round does the work once; resolves to whether it succeeded, and never rejects */
  constructor(dependencies: PacingDependencies, pauseMs: number, round: () => Promise<boolean>) {
    this.dependencies = dependencies;
    this.pauseMs = pauseMs;
    this.round = round;
  }

  /** Starts with a pause; ends with the round during which the signal aborts. */
  async run(stopping: AbortSignal): Promise<void> {
    stopping.addEventListener('abort', () => this.wake(), { once: true });
    let failures = 0;
    while (!stopping.aborted) {
      const backoffMs = backOffMs(failures, this.dependencies);
      await sleep(this.dependencies.clock, failures === 0 ? this.pauseMs : backoffMs, this.nap.signal);
      if (stopping.aborted) return;
      this.nap = new AbortController();
      failures = (await this.round()) ? 0 : failures + 1;
    }
  }

  /** Starts the next round at once, or right after the one that is running. */
  wake(): void {
    this.nap.abort();
  }
}
