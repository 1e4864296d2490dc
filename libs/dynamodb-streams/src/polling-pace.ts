/** Pauses between reads of a shard, in milliseconds. */
export interface PollingPace {
  /** After a page that had some records but was not full. */
  busyPauseMs: number;
  /** The longest pause, reached by doubling while pages are empty. Empty reads are billed too. */
  idlePauseMs: number;
}

/** The pause after a page of `found` records where `asked` could have come. */
export function nextPauseMs(found: number, asked: number, previousMs: number, pace: PollingPace): number {
  if (found >= asked) return 0;
  if (found > 0) return pace.busyPauseMs;
  return Math.min(pace.idlePauseMs, Math.max(pace.busyPauseMs, previousMs * 2));
}
