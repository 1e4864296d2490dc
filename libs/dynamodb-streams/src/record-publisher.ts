import { fullJitterMs } from './backoff.ts';
import type { ChangeRecord } from './change-stream.ts';
import type { DeadLetterReason } from './dead-letters.ts';
import { StreamConsumerError } from './errors.ts';
import type { GroupStart } from './group-ledger.ts';
import type { HeldLease } from './held-lease.ts';
import type { ShardFigures } from './shard-figures.ts';
import { ShardParking } from './shard-parking.ts';
import type { ShardSurroundings } from './shard-surroundings.ts';
import { isRefusal } from './sink.ts';
import { sleep } from './waiting.ts';

/** Brings single records of a shard to where they belong: to the sink, to the dead letters, or nowhere. */
export class RecordPublisher {
  private readonly lease: HeldLease;
  private readonly around: ShardSurroundings;
  private readonly figures: ShardFigures;
  private readonly parking: ShardParking;
  private readonly skipBeforeMs: number;

  constructor(lease: HeldLease, group: GroupStart, around: ShardSurroundings, figures: ShardFigures) {
    this.lease = lease;
    this.around = around;
    this.figures = figures;
    this.parking = new ShardParking(lease, around);
    // A record's time is to the second.
    this.skipBeforeMs = Math.floor((group.skipBeforeMs ?? 0) / 1_000) * 1_000;
  }

  /** What this shard's owner knows of the group's parking. */
  get parked(): { items: number; full: boolean } {
    return { items: this.parking.size, full: this.parking.full };
  }

  /** One attempt. Resolves when the record is accounted for. */
  async publish(record: ChangeRecord): Promise<void> {
    if (this.isFromBeforeStart(record)) return;
    if (await this.parking.takes(record)) return this.figures.parked(record);
    // Finding out may have taken its time.
    if (!this.lease.mayPublish()) throw new StreamConsumerError('LEASE_LOST', 'expected the shard to be still owned');
    await this.around.sink.publish(record, { granted: () => this.lease.mayPublish() });
    this.parking.forget(record);
    this.figures.published(record);
  }

  /** Told of a failed attempt; answers how long to wait before the next, in milliseconds. */
  retryAfterMs(record: ChangeRecord, error: unknown, failures: number): number {
    const { options, random } = this.around;
    if (isRefusal(error)) {
      this.figures.refused(record, error, failures);
      this.parking.refused(record, reasonOf(error));
    } else this.figures.publishFailed(record, error, failures);
    return fullJitterMs(failures, options.retry, random);
  }

  /** Comes before the first publish: a record could pass a parked one of its item. Gives up when the signal aborts. */
  async learnParkedItems(signal: AbortSignal): Promise<void> {
    const { clock, random, options } = this.around;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        return await this.parking.refresh();
      } catch (error) {
        this.figures.pollFailed(error, attempt);
      }
      await sleep(clock, options.retry.baseMs + fullJitterMs(attempt, options.retry, random), signal);
    }
  }

  /** Learns what was redriven, until the signal aborts. Costs a call only while something is parked. */
  async watchParkedItems(signal: AbortSignal): Promise<void> {
    const { clock, options } = this.around;
    while (!signal.aborted) {
      await sleep(clock, options.leaseScanIntervalMs, signal);
      if (signal.aborted || this.parking.size === 0) continue;
      await this.parking.refresh().catch((error: unknown) => this.figures.pollFailed(error, 1));
    }
  }

  private isFromBeforeStart({ approximateCreationTime }: ChangeRecord): boolean {
    return approximateCreationTime !== undefined && approximateCreationTime.getTime() < this.skipBeforeMs;
  }
}

function reasonOf(refusal: unknown): DeadLetterReason {
  return {
    code: StreamConsumerError.is(refusal, 'NO_MESSAGE') ? 'NO_MESSAGE' : 'SINK_REFUSED',
    detail: refusal instanceof Error ? refusal.message : String(refusal),
  };
}
