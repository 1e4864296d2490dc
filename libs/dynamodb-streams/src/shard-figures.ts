import type { ChangeRecord } from './change-stream.ts';
import type { Dependencies } from './dependencies.ts';
import { errorFields, type Telemetry } from './telemetry.ts';

/** Rounds milliseconds for a status; the monotonic clock counts fractions. */
export function wholeMs(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms);
}

/** Keeps the figures of a shard for its status, and reports them to the listeners. */
export class ShardFigures {
  private lastPollMs: number | undefined;
  private lastPublishMs: number | undefined;
  private lastRecordAgeMs: number | undefined;
  private lastFailureLogMs = Number.NEGATIVE_INFINITY;
  private readonly refusedNow = new Set<string>();

  private readonly shardId: string;
  private readonly clock: Dependencies['clock'];
  private readonly telemetry: Telemetry;

  constructor(shardId: string, { clock, telemetry }: Dependencies) {
    this.shardId = shardId;
    this.clock = clock;
    this.telemetry = telemetry;
  }

  polled(records: number): void {
    this.lastPollMs = this.clock.now();
    this.telemetry.metrics.count('polls', 1, { shardId: this.shardId });
    if (records > 0) this.telemetry.metrics.count('records_read', records, { shardId: this.shardId });
  }

  pollFailed(error: unknown, failures: number): void {
    this.telemetry.log('warn', 'poll_failed', { shardId: this.shardId, failures, ...errorFields(error) });
    this.telemetry.metrics.count('poll_failures', 1, { shardId: this.shardId });
  }

  published({ sequenceNumber, approximateCreationTime }: ChangeRecord): void {
    this.refusedNow.delete(sequenceNumber);
    this.lastPublishMs = this.clock.now();
    this.telemetry.metrics.count('records_published', 1, { shardId: this.shardId });
    if (!approximateCreationTime) return;
    this.lastRecordAgeMs = Math.max(0, this.clock.epochMs() - approximateCreationTime.getTime());
    this.telemetry.metrics.gauge('published_record_age_ms', this.lastRecordAgeMs, { shardId: this.shardId });
  }

  refused({ sequenceNumber }: ChangeRecord, error: unknown, failures: number): void {
    this.refusedNow.add(sequenceNumber);
    const fields = { shardId: this.shardId, sequenceNumber, failures, ...errorFields(error) };
    this.telemetry.log('error', 'record_refused', fields);
    this.telemetry.metrics.count('records_refused', 1, { shardId: this.shardId });
  }

  /** The record went to the dead letters. */
  quarantined({ sequenceNumber }: ChangeRecord): void {
    this.refusedNow.delete(sequenceNumber);
  }

  publishFailed({ sequenceNumber }: ChangeRecord, error: unknown, failures: number): void {
    this.telemetry.metrics.count('publish_failures', 1, { shardId: this.shardId });
    // In an outage every buffered record fails: one line a second is enough.
    if (this.clock.now() - this.lastFailureLogMs < 1_000) return;
    this.lastFailureLogMs = this.clock.now();
    const fields = { shardId: this.shardId, sequenceNumber, failures, ...errorFields(error) };
    this.telemetry.log('warn', 'publish_failed', fields);
  }

  /** Returns ages in milliseconds, absent before the first time. */
  status() {
    const ago = (ms: number | undefined) => (ms === undefined ? undefined : wholeMs(this.clock.now() - ms));
    return {
      refusedRecords: this.refusedNow.size,
      lastPollAgoMs: ago(this.lastPollMs),
      lastPublishAgoMs: ago(this.lastPublishMs),
      lastPublishedRecordAgeMs: wholeMs(this.lastRecordAgeMs),
    };
  }
}
