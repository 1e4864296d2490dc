import { InvalidOptionError } from './errors.ts';
import type { BackoffOptions, PollingPace } from './pacing.ts';

/** Options of a consumer. Times are in milliseconds, at most a day. */
export interface StreamConsumerOptions {
  /** Name of this process among all that share the leases; unique for each start. Required. */
  consumerId: string;

  /** A lease not renewed for this long may be taken by another. Default 10,000. */
  leaseDurationMs: number;
  /** Time between renewals; at most a third of `leaseDurationMs`. Default 2,500. */
  renewIntervalMs: number;
  /**
   * No publish starts later than this before another consumer may claim the lease. It must cover the longest time that a
   * publish may be under way, and the difference in speed of clocks. Default 3,000.
   */
  publishMarginMs: number;
  /** Time between two scans of the leases. Default 2,500. */
  leaseScanIntervalMs: number;
  /**
   * Time between two listings of the stream's shards; children of an ended shard do not wait for it. Shards that are not
   * found, or whose children are not, share listings that are at least a sixth of this apart. Default 30,000.
   */
  discoveryIntervalMs: number;
  /** A lease store call that takes longer counts as failed. Default 2,000. */
  leaseCallTimeoutMs: number;

  /** Most records in one read, 1 to 1,000. Default 1,000. */
  pageSize: number;
  /** Most unpublished records of one shard in memory; at least `pageSize`. Default 2,000. */
  maxBufferedRecords: number;
  /**
   * Most bytes of those records, as the stream counts them; at least the 1 MiB of a page. In memory a record takes about
   * four times its size. Default 8 MiB: 2,000 records of 4 KB.
   */
  maxBufferedBytes: number;
  /**
   * Most records of one shard read past the possible checkpoint, published or not; at least `maxBufferedRecords`. Reading
   * stops this far behind a record that stays unpublished, so a restart repeats at most this many. Default 20,000.
   */
  maxUncheckpointedRecords: number;
  /** Pauses between reads. Default 75 after some records, 1,000 when idle. */
  polling: PollingPace;
  /** A stream call that takes longer counts as failed. Default 15,000. */
  streamCallTimeoutMs: number;

  /** Most records of one shard in `sink.publish` at a time. Default 100: ten calls of ten records. */
  maxInFlight: number;
  /** A publish that takes longer counts as failed and is retried. Default 30,000. */
  publishTimeoutMs: number;
  /** Waits after failed calls of any kind. Default: 100 to 10,000. */
  retry: BackoffOptions;

  /**
   * Where a new group starts: with everything that the stream still has, or with changes from now on. A group that has
   * started before continues after its checkpoints. Default TRIM_HORIZON.
   */
  startAt: 'TRIM_HORIZON' | 'LATEST';
  /** Whether to read what a disabled stream still has, for up to 24 h, instead of refusing to start. Default false. */
  readDisabledStream: boolean;

  /** After this many refusals by the sink a record is quarantined, if there are dead letters. Default 5. */
  quarantineAfterRefusals: number;
  /**
   * Most items quarantined at a time. Beyond that no further item is quarantined, refused records hold back their items, and
   * reading stops behind them: so many mean that the destination or the sink is wrong, not the records. Default 100.
   */
  maxQuarantinedItems: number;

  /** Longest time between checkpoints while records are published. Default 1,000. */
  checkpointIntervalMs: number;
  /**
   * A checkpoint is saved sooner after this many published records. After a crash the next owner repeats about this many
   * and `maxInFlight`, or more if one item has many records in a row. Default 100.
   */
  checkpointAfterRecords: number;
  /**
   * Longest time that `stop()` waits for publishes. In its last part, `publishMarginMs` or half of the time if that is less,
   * no publish starts: those in flight have time to end, so that the leases can be freed. Default 10,000.
   */
  stopTimeoutMs: number;
}

/** GetRecords returns at most this. */
export const pageBytes = 1_048_576;

const defaults = {
  leaseDurationMs: 10_000,
  renewIntervalMs: 2_500,
  publishMarginMs: 3_000,
  leaseScanIntervalMs: 2_500,
  discoveryIntervalMs: 30_000,
  leaseCallTimeoutMs: 2_000,
  pageSize: 1_000,
  maxBufferedRecords: 2_000,
  maxBufferedBytes: 8 * pageBytes,
  maxUncheckpointedRecords: 20_000,
  polling: { busyPauseMs: 75, idlePauseMs: 1_000 },
  streamCallTimeoutMs: 15_000,
  maxInFlight: 100,
  publishTimeoutMs: 30_000,
  retry: { baseMs: 100, capMs: 10_000 },
  checkpointIntervalMs: 1_000,
  checkpointAfterRecords: 100,
  stopTimeoutMs: 10_000,
  startAt: 'TRIM_HORIZON',
  readDisabledStream: false,
  quarantineAfterRefusals: 5,
  maxQuarantinedItems: 100,
} satisfies Omit<StreamConsumerOptions, 'consumerId'>;

/**
 * Upper bound of each time: records live no longer. A timer of 2 ** 31 ms, about 25 days, would fire at once; no sum of
 * several options comes near that.
 */
const dayMs = 24 * 60 * 60 * 1000;

/** Options that a caller gives: `consumerId`, and those that differ from the defaults. */
export type StreamConsumerSettings = Pick<StreamConsumerOptions, 'consumerId'> & Partial<StreamConsumerOptions>;

/**
 * Completes the settings with the defaults.
 *
 * @throws InvalidOptionError that states the rule and the value
 */
export function completeOptions(settings: StreamConsumerSettings): StreamConsumerOptions {
  const options: StreamConsumerOptions = { ...(defaults as Omit<StreamConsumerOptions, 'consumerId'>), ...settings };
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
  atMost('pageSize', options.pageSize, 1_000, 'what GetRecords allows');
  atMost('pageSize', options.pageSize, options.maxBufferedRecords, 'maxBufferedRecords');
  const { maxBufferedRecords, maxUncheckpointedRecords } = options;
  atMost('maxBufferedRecords', maxBufferedRecords, maxUncheckpointedRecords, 'maxUncheckpointedRecords');
  if (options.maxBufferedBytes < pageBytes) {
    throw new InvalidOptionError(
      `maxBufferedBytes must be at least ${pageBytes}, what GetRecords may answer with, got ${options.maxBufferedBytes}`,
    );
  }
  atMost('polling.busyPauseMs', options.polling.busyPauseMs, options.polling.idlePauseMs, 'polling.idlePauseMs');
  atMost('retry.baseMs', options.retry.baseMs, options.retry.capMs, 'retry.capMs');
  return options;
}

function checkLeaseTimes({
  leaseDurationMs,
  renewIntervalMs,
  publishMarginMs,
  leaseCallTimeoutMs,
}: StreamConsumerOptions) {
  if (leaseDurationMs < 3 * renewIntervalMs) {
    throw new InvalidOptionError(
      `leaseDurationMs must be at least 3 × renewIntervalMs (${3 * renewIntervalMs}), got ${leaseDurationMs}`,
    );
  }
  // One renewal may fail without the lease being dropped.
  atMost(
    'publishMarginMs',
    publishMarginMs,
    leaseDurationMs - 2 * renewIntervalMs,
    'leaseDurationMs − 2 × renewIntervalMs',
  );
  atMost(
    'leaseCallTimeoutMs',
    leaseCallTimeoutMs,
    leaseDurationMs - publishMarginMs,
    'leaseDurationMs − publishMarginMs',
  );
}

function atMost(name: string, value: number, limit: number, rule: string): void {
  if (value > limit) throw new InvalidOptionError(`${name} must be at most ${rule} (${limit}), got ${value}`);
}

const notNumbers = new Set(['consumerId', 'startAt', 'readDisabledStream']);

function numbersOf({ polling, retry, ...rest }: StreamConsumerOptions): [string, number][] {
  const nested = { 'polling.busyPauseMs': polling.busyPauseMs, 'polling.idlePauseMs': polling.idlePauseMs };
  const all = { ...rest, ...nested, 'retry.baseMs': retry.baseMs, 'retry.capMs': retry.capMs };
  return Object.entries(all).filter((entry): entry is [string, number] => !notNumbers.has(entry[0]));
}
