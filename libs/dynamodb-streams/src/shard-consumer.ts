import type { ChangeRecord, ChangeStream } from './change-stream.ts';
import { fullJitterMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { HeldLease } from './held-lease.ts';
import type { StreamConsumerOptions } from './options.ts';
import { nextPauseMs } from './polling-pace.ts';
import { PublishPump } from './publish-pump.ts';
import { decideOnFailure } from './refusal.ts';
import { listShards } from './shard-listing.ts';
import { ShardFigures, wholeMs } from './shard-figures.ts';
import { ShardReader } from './shard-reader.ts';
import type { Sink } from './sink.ts';
import { errorFields, type Telemetry } from './telemetry.ts';
import { sleep, unlessAborted } from './waiting.ts';

/**
 * Where a shard of this consumer stands. READING: open. DRAINING: closed, its last records being published. ENDING: all
 * published, its children awaited. STOPPING: being handed back.
 */
export type ShardPhase = 'READING' | 'DRAINING' | 'ENDING' | 'STOPPING';

/** How a shard left this consumer. ABANDONED: with publishes in flight, so others wait until the lease has expired. */
export type ShardOutcome = 'ENDED' | 'RELEASED' | 'ABANDONED' | 'LOST';

/** What every shard of a consumer shares. */
export interface ShardSurroundings {
  stream: ChangeStream;
  sink: Sink;
  clock: Clock;
  random: () => number;
  options: StreamConsumerOptions;
  telemetry: Telemetry;
}

/** Reads and publishes one shard while its lease is held. */
export class ShardConsumer {
  readonly shardId: string;
  private readonly lease: HeldLease;
  private readonly around: ShardSurroundings;
  private readonly reader: ShardReader;
  private readonly pump: PublishPump;
  private readonly figures: ShardFigures;
  /** Aborts when no more may be read: on stop and on loss. */
  private readonly reading = new AbortController();
  /** Aborts when publishes in flight are no longer waited for. */
  private readonly patience = new AbortController();
  private readonly over = new AbortController();

  private phase: ShardPhase = 'READING';
  private savedCheckpoint: string | undefined;

  constructor(lease: HeldLease, around: ShardSurroundings) {
    const { shardId, checkpoint } = lease.row;
    this.shardId = shardId;
    this.lease = lease;
    this.around = around;
    this.savedCheckpoint = checkpoint;
    this.figures = new ShardFigures(shardId, around.clock, around.telemetry);
    this.reader = new ShardReader({ shardId, checkpoint }, around.stream, around.telemetry);
    this.pump = new PublishPump(around.clock, around.options.maxInFlight, checkpoint, {
      publish: (record) => this.publish(record),
      mayPublish: () => lease.mayPublish(),
      retryAfterMs: (record, error, failures) => this.afterFailure(record, error, failures),
    });
  }

  /** The shard's whole story; resolves when it is no longer this consumer's. */
  async run(): Promise<ShardOutcome> {
    this.lease.lost.addEventListener('abort', () => this.leaveAtOnce(), { once: true });
    this.lease.startRenewing();
    void this.checkpointRegularly();
    try {
      const ended = (await this.readUntilClosed()) && (await this.publishRest()) && (await this.endWithChildren());
      return ended ? 'ENDED' : await this.leave();
    } finally {
      this.leaveAtOnce();
      this.lease.giveUp();
      this.over.abort();
    }
  }

  /** Reads no more, waits for publishes in flight until `limit` aborts, saves the checkpoint and frees the lease. */
  stop(limit: AbortSignal): void {
    limit.addEventListener('abort', () => this.patience.abort(), { once: true });
    this.reading.abort();
  }

  /** Where the shard stands now. */
  status() {
    return {
      state: this.phase,
      checkpoint: this.savedCheckpoint,
      bufferedRecords: this.pump.buffered,
      inFlightRecords: this.pump.inFlight,
      oldestUnpublishedAgoMs: wholeMs(this.pump.oldestUnpublishedAgoMs),
      ...this.figures.status(),
    };
  }

  /** Fills the pump as it has room. Whether the shard came to its end. */
  private async readUntilClosed(): Promise<boolean> {
    const { clock, random, options } = this.around;
    const stopped = this.reading.signal;
    const most = { buffered: options.maxBufferedRecords, span: options.maxUncheckpointedRecords };
    let pauseMs = 0;
    let failures = 0;
    for (;;) {
      await this.pump.roomFor(options.pageSize, most, stopped);
      if (stopped.aborted) return false;
      try {
        const page = await unlessAborted(this.reader.read(options.pageSize), stopped);
        if (!page || stopped.aborted) return false;
        failures = 0;
        this.figures.polled(page.records.length);
        this.pump.accept(page.records);
        if (page.closed) return true;
        pauseMs = nextPauseMs(page.records.length, options.pageSize, pauseMs, options.polling);
      } catch (error) {
        failures += 1;
        this.figures.pollFailed(error, failures);
        pauseMs = Math.max(options.polling.busyPauseMs, fullJitterMs(failures, options.retry, random));
      }
      if (pauseMs > 0) await sleep(clock, pauseMs, stopped);
    }
  }

  /** Whether everything that was read is published. */
  private async publishRest(): Promise<boolean> {
    this.phase = 'DRAINING';
    this.around.telemetry.log('info', 'shard_closed', { shardId: this.shardId, bufferedRecords: this.pump.buffered });
    await this.pump.drained(this.reading.signal);
    return !this.reading.signal.aborted;
  }

  /** Ends the lease once the closed shard's children are known; they may be listed late. */
  private async endWithChildren(): Promise<boolean> {
    this.phase = 'ENDING';
    const { clock, random, options } = this.around;
    for (let attempt = 1; !this.reading.signal.aborted; attempt += 1) {
      try {
        if (await this.end()) return true;
      } catch (error) {
        this.figures.pollFailed(error, attempt);
      }
      await sleep(clock, options.retry.baseMs + fullJitterMs(attempt, options.retry, random), this.reading.signal);
    }
    return false;
  }

  private async end(): Promise<boolean> {
    const { stream, telemetry } = this.around;
    const { streamStatus, shards: children } = await listShards(stream, this.shardId);
    if (children.length === 0 && streamStatus !== 'DISABLED') return false;
    await this.saveProgress();
    if (!(await this.lease.end(children))) return false;
    const childShardIds = children.map((child) => child.shardId);
    telemetry.log('info', 'shard_ended', { shardId: this.shardId, childShardIds });
    telemetry.metrics.count('shards_ended', 1, { shardId: this.shardId });
    return true;
  }

  private async leave(): Promise<ShardOutcome> {
    this.phase = 'STOPPING';
    const { log } = this.around.telemetry;
    await this.pump.close(this.patience.signal);
    if (this.lease.lost.aborted) return 'LOST';
    await this.trySaveProgress();
    if (this.pump.inFlight > 0) {
      // Freed now, the lease could be taken while our publishes are still on their way.
      log('warn', 'stop_incomplete', { shardId: this.shardId, inFlightRecords: this.pump.inFlight });
      return 'ABANDONED';
    }
    await this.lease.release();
    return 'RELEASED';
  }

  private leaveAtOnce(): void {
    this.reading.abort();
    this.patience.abort();
  }

  private async publish(record: ChangeRecord): Promise<void> {
    await this.around.sink.publish(record, { granted: () => this.lease.mayPublish() });
    this.figures.published(record);
  }

  private afterFailure(record: ChangeRecord, error: unknown, failures: number): number {
    const { options, random } = this.around;
    const { verdict, retryAfterMs } = decideOnFailure(error, failures, options.retry, random);
    if (verdict === 'refused') this.figures.refused(record, error, failures);
    else this.figures.publishFailed(record, error, failures);
    return retryAfterMs;
  }

  private async checkpointRegularly(): Promise<void> {
    const { clock, options } = this.around;
    while (!this.over.signal.aborted) {
      await sleep(clock, options.checkpointIntervalMs, this.over.signal);
      if (!this.over.signal.aborted) await this.trySaveProgress();
    }
  }

  private async trySaveProgress(): Promise<void> {
    try {
      await this.saveProgress();
    } catch (error) {
      this.around.telemetry.log('warn', 'checkpoint_failed', { shardId: this.shardId, ...errorFields(error) });
    }
  }

  private async saveProgress(): Promise<void> {
    const reached = this.pump.published;
    if (reached === undefined || reached === this.savedCheckpoint) return;
    if (await this.lease.checkpoint(reached)) this.savedCheckpoint = reached;
  }
}
