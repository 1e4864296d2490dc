import { backOffMs, fullJitterMs } from './pacing.ts';
import type { ChangeRecord } from './change-stream.ts';
import type { DeadLetterReason } from './dead-letters.ts';
import { leaseLost, StreamConsumerError } from './errors.ts';
import type { GroupStart } from './group-ledger.ts';
import type { HeldLease } from './held-lease.ts';
import type { ShardReporter } from './shard-reporter.ts';
import { ShardQuarantine } from './shard-quarantine.ts';
import type { Dependencies } from './dependencies.ts';
import { isRefusal } from './sink.ts';
import { sleep } from './clock.ts';

/** Publishes single records of a shard to the sink, moves them to the dead letters, or skips them. */
export class RecordPublisher {
  private readonly lease: HeldLease;
  private readonly dependencies: Dependencies;
  private readonly reporter: ShardReporter;
  readonly quarantine: ShardQuarantine;
  private readonly skipBeforeMs: number;

  constructor(lease: HeldLease, group: GroupStart, dependencies: Dependencies, reporter: ShardReporter) {
    this.lease = lease;
    this.dependencies = dependencies;
    this.reporter = reporter;
    this.quarantine = new ShardQuarantine(lease, dependencies);
    // Records carry whole seconds.
    this.skipBeforeMs = Math.floor((group.skipBeforeMs ?? 0) / 1_000) * 1_000;
  }

  /** Makes one attempt. Resolves when the record is published, quarantined or skipped. */
  async publish(record: ChangeRecord): Promise<void> {
    if (this.isFromBeforeStart(record)) return;
    if (await this.quarantine.quarantineIfNeeded(record)) return this.reporter.quarantined(record);
    // The ledger may have been slow.
    if (!this.lease.mayPublish()) throw leaseLost('its record is published');
    await this.dependencies.sink.publish(record, { granted: () => this.lease.mayPublish() });
    this.quarantine.forget(record);
    this.reporter.published(record);
  }

  /** Reports a failed attempt. Returns how long to wait before the next one, in milliseconds. */
  retryAfterMs(record: ChangeRecord, error: unknown, failures: number): number {
    const { options, random } = this.dependencies;
    if (isRefusal(error)) {
      this.reporter.refused(record, error, failures);
      this.quarantine.refused(record, reasonOf(error));
    } else this.reporter.publishFailed(record, error, failures);
    return fullJitterMs(failures, options.retry, random);
  }

  /**
   * Reads the quarantined items, until it succeeds or the signal aborts. Without them the first publish could overtake a
   * quarantined record of its item.
   */
  async readQuarantinedItems(signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        return await this.quarantine.refresh();
      } catch (error) {
        this.reporter.pollFailed(error, attempt);
      }
      await sleep(this.dependencies.clock, backOffMs(attempt, this.dependencies), signal);
    }
  }

  /** Reads regularly which items were released, until the signal aborts. It calls the ledger only while items are quarantined. */
  async watchQuarantinedItems(signal: AbortSignal): Promise<void> {
    const { clock, options } = this.dependencies;
    while (!signal.aborted) {
      await sleep(clock, options.leaseScanIntervalMs, signal);
      if (signal.aborted || this.quarantine.size === 0) continue;
      await this.quarantine.refresh().catch((error: unknown) => this.reporter.pollFailed(error, 1));
    }
  }

  private isFromBeforeStart({ approximateCreationTime }: ChangeRecord): boolean {
    return approximateCreationTime !== undefined && approximateCreationTime.getTime() < this.skipBeforeMs;
  }
}

function reasonOf(refusal: unknown): DeadLetterReason {
  const code = StreamConsumerError.is(refusal, 'NO_MESSAGE') ? 'NO_MESSAGE' : 'SINK_REFUSED';
  if (!(refusal instanceof Error)) return { code, detail: String(refusal) };
  const { message, cause } = refusal;
  return { code, detail: cause instanceof Error ? `${message}: ${cause.message}` : message };
}
