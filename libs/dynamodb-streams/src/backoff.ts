/** How long to wait before trying again. */
export interface BackoffOptions {
  /** Upper bound of the first wait, in milliseconds. */
  baseMs: number;
  /** Upper bound of every wait, in milliseconds. */
  capMs: number;
}

/**
 * Full jitter: a wait drawn evenly from zero to a bound that doubles with each failure
 * (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
 *
 * @param failures how often it has failed already, from 1
 * @param random evenly distributed in [0, 1)
 */
export function fullJitterMs(failures: number, { baseMs, capMs }: BackoffOptions, random: () => number): number {
  return random() * Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 30));
}
