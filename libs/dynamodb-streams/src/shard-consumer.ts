import { sleep, unlessAborted } from './clock.ts';
import type { Dependencies } from './dependencies.ts';
import { leaseLost, StreamConsumerError } from './errors.ts';
import type { GroupStart } from './group-ledger.ts';
import type { HeldLease } from './held-lease.ts';
import { backOffMs, fullJitterMs, nextPauseMs } from './pacing.ts';
import { PublishPump } from './publish-pump.ts';
import { RecordPublisher } from './record-publisher.ts';
import { ShardEnding } from './shard-ending.ts';
import { ShardReporter } from './shard-reporter.ts';
import { mayHaveLostRecords } from './shard-lineage.ts';
import type { ShardQuarantine } from './shard-quarantine.ts';
import { ShardReader } from './shard-reader.ts';
import { StopLimits } from './stop-limits.ts';
import type { ShardPhase } from './status.ts';
import { errorFields } from './listeners.ts';

/** How a shard left this consumer. ABANDONED: publishes are in flight, so other consumers wait until the lease expires. */
export type ShardOutcome = 'ENDED' | 'RELEASED' | 'ABANDONED' | 'LOST';

/** Attempts to save the last checkpoint; each takes at most `leaseCallTimeoutMs`. */
const LAST_SAVE_ATTEMPTS = 2;

/** Reads and publishes one shard while its lease is held. */
export class ShardConsumer {
  readonly shardId: string;
  private readonly lease: HeldLease;
  private readonly dependencies: Dependencies;
  private readonly reader: ShardReader;
  private readonly pump: PublishPump;
  private readonly publisher: RecordPublisher;
  private readonly ending: ShardEnding;
  private readonly reporter: ShardReporter;
  /** Aborts when reading must stop: on stop and on loss of the lease. */
  private readonly reading = new AbortController();
  private readonly limits = new StopLimits();
  private readonly over = new AbortController();

  private phase: ShardPhase = 'READING';
  private savedCheckpoint: string | undefined;
  private savedCount = 0;

  constructor(lease: HeldLease, group: GroupStart, dependencies: Dependencies) {
    const { shardId, checkpoint } = lease.row;
    this.shardId = shardId;
    this.lease = lease;
    this.dependencies = dependencies;
    this.savedCheckpoint = checkpoint;
    this.reporter = new ShardReporter(shardId, dependencies);
    this.publisher = new RecordPublisher(lease, group, dependencies, this.reporter);
    this.ending = new ShardEnding(lease, dependencies);
    this.reader = new ShardReader(lease.row, dependencies, {
      recordGap: (gap) => this.recordGap(gap),
      mayHaveLost: () => mayHaveLostRecords(lease.row, group.startedAtMs, dependencies.clock.epochMs()),
    });
    this.pump = new PublishPump(dependencies, checkpoint, {
      publish: (record) => this.publisher.publish(record),
      mayPublish: () => lease.mayPublish(),
      retryAfterMs: (record, error, failures) => this.publisher.retryAfterMs(record, error, failures),
    });
  }

  /** Runs the shard from claim to end. Resolves when the shard no longer belongs to this consumer. */
  async run(): Promise<ShardOutcome> {
    this.lease.lost.addEventListener('abort', () => this.leaveAtOnce(), { once: true });
    this.lease.handOverRequested.addEventListener('abort', () => this.stop(), { once: true });
    this.lease.startRenewing();
    void this.checkpointRegularly();
    void this.publisher.watchQuarantinedItems(this.over.signal);
    try {
      await this.publisher.readQuarantinedItems(this.reading.signal);
      const ended = (await this.readUntilClosed()) && (await this.publishRest()) && (await this.endWithChildren());
      return ended ? 'ENDED' : await this.leave();
    } finally {
      this.leaveAtOnce();
      this.lease.giveUp();
      this.over.abort();
    }
  }

  /** Stops reading, waits at most `stopTimeoutMs` for publishes, saves the checkpoint and frees the lease. */
  stop(): void {
    this.limits.start(this.dependencies.clock, this.dependencies.options);
    this.reading.abort();
  }

  /** The present state of the shard. */
  status() {
    return {
      state: this.phase,
      checkpoint: this.savedCheckpoint,
      handOverRequested: this.lease.handOverRequested.aborted,
      ...this.pump.status(),
      ...this.reporter.status(),
    };
  }

  /** The group's quarantine, as the owner of this shard last read it. */
  get quarantine(): Pick<ShardQuarantine, 'size' | 'full'> {
    return this.publisher.quarantine;
  }

  /** Reads as the pump has room. Resolves to whether the end of the shard was read. */
  private async readUntilClosed(): Promise<boolean> {
    const { clock, random, options } = this.dependencies;
    const stopped = this.reading.signal;
    let pauseMs = 0;
    let failures = 0;
    for (;;) {
      await this.pump.roomForPage(stopped);
      if (stopped.aborted) return false;
      try {
        const read = await unlessAborted(this.reader.read(options.pageSize), stopped);
        if (!read || stopped.aborted) return false;
        failures = 0;
        this.reporter.polled();
        this.pump.accept(read.records);
        if (read.closed) return true;
        pauseMs = nextPauseMs(read.records.length, options.pageSize, pauseMs, options.polling);
      } catch (error) {
        failures += 1;
        this.reporter.pollFailed(error, failures);
        if (StreamConsumerError.is(error, 'STREAM_NOT_FOUND') && (await this.noteVanished())) return true;
        pauseMs = Math.max(options.polling.busyPauseMs, fullJitterMs(failures, options.retry, random));
      }
      if (pauseMs > 0) await sleep(clock, pauseMs, stopped);
    }
  }

  /** Whether the stream has deleted the shard with its remaining records, and the gap is recorded. */
  private async noteVanished(): Promise<boolean> {
    try {
      if (!(await this.ending.hasVanished())) return false;
      await this.reader.vanished();
      return true;
    } catch (error) {
      this.reporter.pollFailed(error, 1);
      return false;
    }
  }

  private async recordGap({ after, certain }: { after: string | undefined; certain: boolean }): Promise<void> {
    const { ledger, clock } = this.dependencies;
    const position = after === undefined ? {} : { after };
    const gap = { shardId: this.shardId, ...position, certain, noticedAtMs: clock.epochMs() };
    if (await ledger.recordGap(this.lease.proof, gap)) return;
    throw leaseLost('its gap is recorded');
  }

  /** Resolves to whether everything that was read is published. */
  private async publishRest(): Promise<boolean> {
    this.phase = 'DRAINING';
    const { bufferedRecords } = this.pump.status();
    this.dependencies.listeners.log('info', 'shard_closed', { shardId: this.shardId, bufferedRecords });
    await this.pump.drained(this.reading.signal);
    return !this.reading.signal.aborted;
  }

  /** Ends the lease once the children of the closed shard are known; they may be listed late. */
  private async endWithChildren(): Promise<boolean> {
    this.phase = 'ENDING';
    for (let attempt = 1; !this.reading.signal.aborted; attempt += 1) {
      try {
        await this.saveProgress();
        if (await this.ending.end()) return true;
      } catch (error) {
        this.reporter.pollFailed(error, attempt);
      }
      await sleep(this.dependencies.clock, backOffMs(attempt, this.dependencies), this.reading.signal);
    }
    return false;
  }

  private async leave(): Promise<ShardOutcome> {
    this.phase = 'STOPPING';
    const { log } = this.dependencies.listeners;
    await this.pump.close(this.limits.waitsNoLonger, this.limits.startsNothing);
    if (this.lease.lost.aborted) return 'LOST';
    // The next owner publishes again whatever is not saved now.
    for (let left = LAST_SAVE_ATTEMPTS; left > 0 && !(await this.trySaveProgress()); left -= 1);
    const { inFlightRecords } = this.pump.status();
    const repeatedRecords = this.pump.publishedPastHole;
    const isShort = this.limits.startsNothing.aborted && repeatedRecords > 0;
    if (isShort || inFlightRecords > 0) {
      log('warn', 'stop_incomplete', { shardId: this.shardId, inFlightRecords, repeatedRecords });
    }
    // If the lease were freed now, another consumer could claim it while these publishes are still in flight.
    if (inFlightRecords > 0) return 'ABANDONED';
    await this.lease.release();
    return 'RELEASED';
  }

  private leaveAtOnce(): void {
    this.reading.abort();
    this.limits.end();
  }

  /** Saves after each interval, or sooner when enough is published; after a failure only when the interval is over. */
  private async checkpointRegularly(): Promise<void> {
    const { checkpointIntervalMs, checkpointAfterRecords } = this.dependencies.options;
    let saved = true;
    while (!this.over.signal.aborted) {
      const enough = saved ? this.savedCount + checkpointAfterRecords : Infinity;
      await this.published(enough, checkpointIntervalMs);
      if (!this.over.signal.aborted) saved = await this.trySaveProgress();
    }
  }

  /** Resolves when that many records are published in total, after `ms`, or when the shard is over. */
  private async published(count: number, ms: number): Promise<void> {
    const waiting = new AbortController();
    const wake = () => waiting.abort('over');
    const cancel = this.dependencies.clock.after(ms, wake);
    this.over.signal.addEventListener('abort', wake);
    await this.pump.passed(count, waiting.signal);
    this.over.signal.removeEventListener('abort', wake);
    cancel();
  }

  /** Resolves to whether all progress is saved. */
  private async trySaveProgress(): Promise<boolean> {
    try {
      return await this.saveProgress();
    } catch (error) {
      this.dependencies.listeners.log('warn', 'checkpoint_failed', { shardId: this.shardId, ...errorFields(error) });
      return false;
    }
  }

  /** Resolves to whether all progress is saved: false when the lease is lost. Rejects when the outcome is unknown. */
  private async saveProgress(): Promise<boolean> {
    const { published: reached, publishedCount } = this.pump;
    if (reached === undefined || reached === this.savedCheckpoint) return true;
    if (!(await this.lease.checkpoint(reached))) return false;
    this.savedCheckpoint = reached;
    this.savedCount = publishedCount;
    return true;
  }
}
