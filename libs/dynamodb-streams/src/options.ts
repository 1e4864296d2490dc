import { InvalidOptionError } from './errors.ts';

/** GetRecords returns at most this. */
export const pageBytes = 1_048_576;

/** The default of each option. Times are in milliseconds, at most a day. */
const defaults = {
  /** A lease not renewed for this long may be taken by another. */
  leaseDurationMs: 10_000,
  /** Time between renewals; at most a third of `leaseDurationMs`. */
  renewIntervalMs: 2_500,
  /**
   * No publish starts later than this before another consumer may claim the lease. It must cover the longest time that a
   * publish may be under way, and the difference in speed of clocks.
   */
  publishMarginMs: 3_000,
  /** Time between two scans of the leases. */
  leaseScanIntervalMs: 2_500,
  /**
   * Time between two listings of the stream's shards; children of an ended shard do not wait for it. Shards that are not
   * found, or whose children are not, share listings that are at least a sixth of this apart.
   */
  discoveryIntervalMs: 30_000,
  /** A lease store call that takes longer counts as failed. */
  leaseCallTimeoutMs: 2_000,

  /** Most records in one read, 1 to 1,000. */
  pageSize: 1_000,
  /** Most unpublished records of one shard in memory; at least `pageSize`. */
  maxBufferedRecords: 2_000,
  /**
   * Most bytes of those records, as the stream counts them; at least the 1 MiB of a page. In memory a record takes about
   * four times its size. The default holds 2,000 records of 4 KB.
   */
  maxBufferedBytes: 8 * pageBytes,
  /**
   * Most records of one shard read past the possible checkpoint, published or not; at least `maxBufferedRecords`. Reading
   * stops this far behind a record that stays unpublished, so a restart repeats at most this many.
   */
  maxUncheckpointedRecords: 20_000,
  /** Pauses between reads. */
  polling: { busyPauseMs: 75, idlePauseMs: 1_000 },
  /** A stream call that takes longer counts as failed. */
  streamCallTimeoutMs: 15_000,

  /** Most records of one shard in `sink.publish` at a time. The default is ten calls of ten records. */
  maxInFlight: 100,
  /** A publish that takes longer counts as failed and is retried. */
  publishTimeoutMs: 30_000,
  /** Waits after failed calls of any kind. */
  retry: { baseMs: 100, capMs: 10_000 },

  /**
   * The start of a new group: everything that the stream still has, or only changes from now on. A group that has
   * started before continues after its checkpoints.
   */
  startAt: 'TRIM_HORIZON' as 'TRIM_HORIZON' | 'LATEST',
  /** Whether to read what a disabled stream still has, for up to 24 h, instead of refusing to start. */
  readDisabledStream: false,

  /** After this many refusals by the sink a record is quarantined, if there are dead letters. */
  quarantineAfterRefusals: 5,
  /**
   * Most items quarantined at a time. Beyond that no further item is quarantined, refused records hold back their items, and
   * reading stops behind them: so many mean that the destination or the sink is wrong, not the records.
   */
  maxQuarantinedItems: 100,

  /** Longest time between checkpoints while records are published. */
  checkpointIntervalMs: 1_000,
  /**
   * A checkpoint is saved sooner after this many published records. After a crash the next owner repeats about this many
   * and `maxInFlight`, or more if one item has many records in a row.
   */
  checkpointAfterRecords: 100,
  /**
   * Longest time that `stop()` waits for publishes. In its last part, `publishMarginMs` or half of the time if that is less,
   * no publish starts: those in flight have time to end, so that the leases can be freed.
   */
  stopTimeoutMs: 10_000,
};

/** Options of a consumer. */
export type StreamConsumerOptions = typeof defaults & {
  /** Name of this process among all that share the leases; unique for each start. */
  consumerId: string;
};

/** Options that a caller gives: `consumerId`, and those that differ from the defaults. */
export type StreamConsumerSettings = Pick<StreamConsumerOptions, 'consumerId'> & Partial<StreamConsumerOptions>;

/**
 * Upper bound of each time: records live no longer. A timer of 2 ** 31 ms, about 25 days, would fire at once; no sum of
 * several options comes near that.
 */
const dayMs = 24 * 60 * 60 * 1000;

/**
 * Completes the settings with the defaults.
 *
 * @throws InvalidOptionError that states the rule and the value
 */
export function completeOptions(settings: StreamConsumerSettings): StreamConsumerOptions {
  const options: StreamConsumerOptions = { ...defaults, ...settings };
  if (typeof options.consumerId !== 'string' || options.consumerId === '') {
    throw new InvalidOptionError('consumerId must be a string that is not empty');
  }
  for (const [name, value] of numbersOf(options)) {
    if (!Number.isFinite(value) || value <= 0) throw new InvalidOptionError(`${name} must be above 0, got ${value}`);
    if (name.endsWith('Ms')) atMost(name, value, dayMs, 'a day in milliseconds');
    else if (!Number.isInteger(value)) throw new InvalidOptionError(`${name} must be a whole number, got ${value}`);
  }
  if (options.startAt !== 'TRIM_HORIZON' && options.startAt !== 'LATEST') {
    throw new InvalidOptionError(`startAt must be TRIM_HORIZON or LATEST, got ${String(options.startAt)}`);
  }
  checkLeaseTimes(options);
  checkAmounts(options);
  return options;
}

function checkLeaseTimes(options: StreamConsumerOptions): void {
  const { leaseDurationMs, renewIntervalMs, publishMarginMs, leaseCallTimeoutMs } = options;
  if (leaseDurationMs < 3 * renewIntervalMs) {
    const rule = `3 × renewIntervalMs (${3 * renewIntervalMs})`;
    throw new InvalidOptionError(`leaseDurationMs must be at least ${rule}, got ${leaseDurationMs}`);
  }
  // One renewal may fail without the lease being dropped.
  const latestRenewalMs = leaseDurationMs - 2 * renewIntervalMs;
  atMost('publishMarginMs', publishMarginMs, latestRenewalMs, 'leaseDurationMs − 2 × renewIntervalMs');
  const publishingMs = leaseDurationMs - publishMarginMs;
  atMost('leaseCallTimeoutMs', leaseCallTimeoutMs, publishingMs, 'leaseDurationMs − publishMarginMs');
}

function checkAmounts(options: StreamConsumerOptions): void {
  const { pageSize, maxBufferedRecords, maxUncheckpointedRecords, maxBufferedBytes, polling, retry } = options;
  atMost('pageSize', pageSize, 1_000, 'what GetRecords allows');
  atMost('pageSize', pageSize, maxBufferedRecords, 'maxBufferedRecords');
  atMost('maxBufferedRecords', maxBufferedRecords, maxUncheckpointedRecords, 'maxUncheckpointedRecords');
  if (maxBufferedBytes < pageBytes) {
    const rule = `${pageBytes}, what GetRecords may answer with`;
    throw new InvalidOptionError(`maxBufferedBytes must be at least ${rule}, got ${maxBufferedBytes}`);
  }
  atMost('polling.busyPauseMs', polling.busyPauseMs, polling.idlePauseMs, 'polling.idlePauseMs');
  atMost('retry.baseMs', retry.baseMs, retry.capMs, 'retry.capMs');
}

function atMost(name: string, value: number, limit: number, rule: string): void {
  if (value > limit) throw new InvalidOptionError(`${name} must be at most ${rule} (${limit}), got ${value}`);
}

function numbersOf(options: StreamConsumerOptions): [string, number][] {
  const { consumerId: _id, startAt: _start, readDisabledStream: _read, polling, retry, ...numbers } = options;
  const nested = { 'polling.busyPauseMs': polling.busyPauseMs, 'polling.idlePauseMs': polling.idlePauseMs };
  return Object.entries({ ...numbers, ...nested, 'retry.baseMs': retry.baseMs, 'retry.capMs': retry.capMs });
}
