import type { ShardDescription } from './change-stream.ts';
import { sleep } from './clock.ts';
import type { Dependencies } from './dependencies.ts';
import type { Lease, LeaseHold } from './lease-store.ts';
import { errorFields } from './telemetry.ts';

/**
 * A lease from its claim until it is ended, released or lost. It renews itself, and it counts its own time from when
 * it *sent* the last renewal that succeeded: whoever watches the row saw that heartbeat later, so waits longer.
 * Once lost it stays lost, even if a late answer says otherwise.
 *
 *     sent renewal            last publish may start     others may claim
 *     |----------------------------------|---------------------|
 *     0           leaseDurationMs − publishMarginMs      leaseDurationMs
 */
export class HeldLease {
  readonly row: Lease;
  private readonly hold: LeaseHold;
  private readonly loss = new AbortController();
  private readonly givenUp = new AbortController();
  private readonly handOver = new AbortController();
  private publishUntilMs: number;
  private cancelLimit: (() => void) | undefined;
  private readonly dependencies: Pick<Dependencies, 'leases' | 'clock' | 'options' | 'telemetry'>;

  /** @param claimSentMs when the claim that won `row` was sent, by the clock */
  constructor(row: Lease, claimSentMs: number, dependencies: HeldLease['dependencies']) {
    this.row = row;
    this.hold = { shardId: row.shardId, owner: dependencies.options.consumerId, epoch: row.epoch };
    this.dependencies = dependencies;
    this.publishUntilMs = this.publishLimitMs(claimSentMs);
  }

  /** Aborts when the lease is lost. */
  get lost(): AbortSignal {
    return this.loss.signal;
  }

  /** Aborts when another consumer has asked for the shard. */
  get handOverRequested(): AbortSignal {
    return this.handOver.signal;
  }

  /** What the lease's owner proves with each write. */
  get proof(): LeaseHold {
    return this.hold;
  }

  /** Whether a publish may start now. */
  mayPublish(): boolean {
    if (this.loss.signal.aborted || this.givenUp.signal.aborted) return false;
    if (this.dependencies.clock.now() < this.publishUntilMs) return true;
    // A process that was paused gets here before its timers do.
    this.lose('not renewed in time');
    return false;
  }

  /** Keeps the lease until it is given up or lost. */
  startRenewing(): void {
    this.watchLimit();
    void this.renewRegularly();
  }

  /** Moves the checkpoint. Whether the lease is still held; rejects when the outcome is unknown. */
  async checkpoint(sequenceNumber: string): Promise<boolean> {
    return this.fenced(await this.dependencies.leases.checkpoint(this.hold, sequenceNumber));
  }

  /** Ends the shard and makes its children's rows. Whether the lease was still held; rejects when unknown. */
  async end(children: readonly ShardDescription[]): Promise<boolean> {
    const ended = this.fenced(await this.dependencies.leases.end(this.hold, children));
    if (ended) this.giveUp();
    return ended;
  }

  /** Frees the lease for others; when that fails it expires. Only when nothing of it is in flight any more. */
  async release(): Promise<void> {
    this.giveUp();
    const { leases, telemetry } = this.dependencies;
    const { shardId } = this.hold;
    try {
      if (await leases.release(this.hold)) telemetry.log('info', 'lease_released', { shardId });
    } catch (error) {
      telemetry.log('warn', 'stop_incomplete', { shardId, ...errorFields(error) });
    }
  }

  /** Renews no longer and permits nothing; without a release, others wait until it has expired. */
  giveUp(): void {
    this.givenUp.abort();
    this.cancelLimit?.();
  }

  private async renewRegularly(): Promise<void> {
    const { leases, clock, options, telemetry } = this.dependencies;
    const { renewIntervalMs } = options;
    let pauseMs = renewIntervalMs;
    for (;;) {
      await sleep(clock, Math.max(0, pauseMs), this.givenUp.signal);
      if (!this.mayPublish()) return;
      const sentMs = clock.now();
      try {
        const row = await leases.renew(this.hold);
        if (!this.fenced(row !== undefined)) return;
        this.publishUntilMs = this.publishLimitMs(sentMs);
        if (row?.handOverTo !== undefined) this.noteHandOver(row.handOverTo);
        pauseMs = renewIntervalMs - (clock.now() - sentMs);
      } catch (error) {
        telemetry.log('warn', 'lease_renewal_failed', { shardId: this.hold.shardId, ...errorFields(error) });
        pauseMs = renewIntervalMs / 5;
      }
    }
  }

  /** Loses the lease on time even while a renewal hangs. */
  private watchLimit(): void {
    const { clock } = this.dependencies;
    this.cancelLimit = clock.after(Math.max(0, this.publishUntilMs - clock.now()), () => {
      if (this.mayPublish()) this.watchLimit();
    });
  }

  private fenced(stillHeld: boolean): boolean {
    if (!stillHeld && !this.givenUp.signal.aborted) this.lose('taken by another');
    return stillHeld && !this.loss.signal.aborted;
  }

  private noteHandOver(requestedBy: string): void {
    if (this.handOver.signal.aborted) return;
    this.dependencies.telemetry.log('info', 'hand_over_started', { shardId: this.hold.shardId, requestedBy });
    this.handOver.abort();
  }

  private lose(reason: string): void {
    if (this.loss.signal.aborted) return;
    const { log, metrics } = this.dependencies.telemetry;
    const { shardId, epoch } = this.hold;
    log('warn', 'lease_lost', { shardId, epoch, reason });
    metrics.count('leases_lost', 1, { shardId });
    this.loss.abort();
    this.giveUp();
  }

  private publishLimitMs(sentMs: number): number {
    const { leaseDurationMs, publishMarginMs } = this.dependencies.options;
    return sentMs + leaseDurationMs - publishMarginMs;
  }
}
