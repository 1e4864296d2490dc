import type { ChangeRecord } from './change-stream.ts';
import { elapsedMs } from './clock.ts';
import type { Dependencies } from './dependencies.ts';
import { errorFields, type Listeners } from './listeners.ts';

/** Keeps the figures of a shard for its status, and reports them to the listeners. */
export class ShardReporter {
  private lastPollMs: number | undefined;
  private lastPublishMs: number | undefined;
  private lastRecordAgeMs: number | undefined;
  private lastFailureLogMs = Number.NEGATIVE_INFINITY;
  private readonly refusedNow = new Set<string>();

  private readonly shardId: string;
  private readonly clock: Dependencies['clock'];
  private readonly listeners: Listeners;

  constructor(shardId: string, { clock, listeners }: Dependencies) {
    this.shardId = shardId;
    this.clock = clock;
    this.listeners = listeners;
  }

  polled(): void {
    this.lastPollMs = this.clock.now();
  }

  pollFailed(error: unknown, failures: number): void {
    this.listeners.log('warn', 'poll_failed', { shardId: this.shardId, failures, ...errorFields(error) });
  }

  published({ sequenceNumber, approximateCreationTime }: ChangeRecord): void {
    this.refusedNow.delete(sequenceNumber);
    this.lastPublishMs = this.clock.now();
    this.listeners.metrics.count('records_published');
    const ageMs = elapsedMs(approximateCreationTime?.getTime(), this.clock.epochMs());
    if (ageMs === undefined) return;
    this.lastRecordAgeMs = ageMs;
    this.listeners.metrics.gauge('published_record_age_ms', ageMs);
  }

  refused({ sequenceNumber }: ChangeRecord, error: unknown, failures: number): void {
    this.refusedNow.add(sequenceNumber);
    const fields = { shardId: this.shardId, sequenceNumber, failures, ...errorFields(error) };
    this.listeners.log('error', 'record_refused', fields);
  }

  /** The record went to the dead letters. */
  quarantined({ sequenceNumber }: ChangeRecord): void {
    this.refusedNow.delete(sequenceNumber);
  }

  publishFailed({ sequenceNumber }: ChangeRecord, error: unknown, failures: number): void {
    // In an outage every buffered record fails: one line a second is enough.
    if (this.clock.now() - this.lastFailureLogMs < 1_000) return;
    this.lastFailureLogMs = this.clock.now();
    const fields = { shardId: this.shardId, sequenceNumber, failures, ...errorFields(error) };
    this.listeners.log('warn', 'publish_failed', fields);
  }

  /** Returns ages in milliseconds, absent before the first time. */
  status() {
    const nowMs = this.clock.now();
    return {
      refusedRecords: this.refusedNow.size,
      lastPollAgoMs: elapsedMs(this.lastPollMs, nowMs),
      lastPublishAgoMs: elapsedMs(this.lastPublishMs, nowMs),
      lastPublishedRecordAgeMs: this.lastRecordAgeMs,
    };
  }
}
