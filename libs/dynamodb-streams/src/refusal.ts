import { fullJitterMs, type BackoffOptions } from './backoff.ts';
import { isRefusal } from './sink.ts';

/** What to do with a record whose publish has failed. */
export interface FailureDecision {
  /** `refused`: the sink says that trying again cannot help. `failed`: anything else. */
  verdict: 'refused' | 'failed';
  /** Try again after this many milliseconds. */
  retryAfterMs: number;
}

/**
 * Decides what follows a failed publish. For now everything is tried again for ever, so a record refused for good
 * holds back its item, and the shard's checkpoint, until somebody acts on `record_refused`. Parking (after several
 * refusals: into a dead-letter queue, later records of that item behind it) will be a second outcome of this function.
 */
export function decideOnFailure(
  error: unknown,
  failures: number,
  retry: BackoffOptions,
  random: () => number,
): FailureDecision {
  return { verdict: isRefusal(error) ? 'refused' : 'failed', retryAfterMs: fullJitterMs(failures, retry, random) };
}
