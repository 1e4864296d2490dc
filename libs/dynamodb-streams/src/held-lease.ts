import type { ShardDescription } from './change-stream.ts';
import { sleep } from './clock.ts';
import type { Dependencies } from './dependencies.ts';
import type { Lease, LeaseHold } from './lease-store.ts';
import { errorFields } from './listeners.ts';

/**
 * A lease from its claim until it is ended, released or lost. It renews itself, and it counts its time from when it
 * *sent* the last renewal that succeeded: every other consumer saw that heartbeat later, so it waits longer.
 * A lost lease stays lost, even if a late answer says otherwise.
 *
 *     sent renewal            last publish may start     others may claim
 *     |----------------------------------|---------------------|
 *     0           leaseDurationMs − publishMarginMs      leaseDurationMs
 */
export class HeldLease {
  readonly row: Lease;
  /** The proof of ownership that each write carries. */
  readonly proof: LeaseHold;
  private readonly loss = new AbortController();
  private readonly handOver = new AbortController();
  private readonly givenUp = new AbortController();
  /** Aborts when the lease is lost. */
  readonly lost = this.loss.signal;
  /** Aborts when another consumer has requested the shard. */
  readonly handOverRequested = this.handOver.signal;
  private publishUntilMs: number;
  private cancelLimit: (() => void) | undefined;
  private readonly dependencies: Pick<Dependencies, 'leases' | 'clock' | 'options' | 'listeners'>;

  /** @param claimSentMs when the successful claim was sent, by the clock */
  constructor(row: Lease, claimSentMs: number, dependencies: HeldLease['dependencies']) {
    this.row = row;
    this.proof = { shardId: row.shardId, owner: dependencies.options.consumerId, epoch: row.epoch };
    this.dependencies = dependencies;
    this.publishUntilMs = this.publishLimitMs(claimSentMs);
  }

  /** Whether a publish may start now. */
  mayPublish(): boolean {
    if (this.lost.aborted || this.givenUp.signal.aborted) return false;
    if (this.dependencies.clock.now() < this.publishUntilMs) return true;
    // After a pause of the process this code may run before its timers.
    this.lose('not renewed in time');
    return false;
  }

  /** Keeps the lease until it is given up or lost. */
  startRenewing(): void {
    this.watchLimit();
    void this.renewRegularly();
  }

  /** Moves the checkpoint. Resolves to whether the lease is still held; rejects when the outcome is unknown. */
  async checkpoint(sequenceNumber: string): Promise<boolean> {
    return this.fenced(await this.dependencies.leases.checkpoint(this.proof, sequenceNumber));
  }

  /** Ends the shard and creates its children's rows. Resolves to whether the lease was held; rejects when that is unknown. */
  async end(children: readonly ShardDescription[]): Promise<boolean> {
    const ended = this.fenced(await this.dependencies.leases.end(this.proof, children));
    if (ended) this.giveUp();
    return ended;
  }

  /** Frees the lease; if the call fails, the lease expires. Call it only when no publish of the shard is in flight. */
  async release(): Promise<void> {
    this.giveUp();
    const { leases, listeners } = this.dependencies;
    const { shardId } = this.proof;
    try {
      if (await leases.release(this.proof)) listeners.log('info', 'lease_released', { shardId });
    } catch (error) {
      listeners.log('warn', 'stop_incomplete', { shardId, ...errorFields(error) });
    }
  }

  /** Stops renewing and permits no publish. Without a release, other consumers wait until the lease has expired. */
  giveUp(): void {
    this.givenUp.abort();
    this.cancelLimit?.();
  }

  private async renewRegularly(): Promise<void> {
    const { leases, clock, options, listeners } = this.dependencies;
    const { renewIntervalMs } = options;
    let pauseMs = renewIntervalMs;
    for (;;) {
      await sleep(clock, Math.max(0, pauseMs), this.givenUp.signal);
      if (!this.mayPublish()) return;
      const sentMs = clock.now();
      try {
        const row = await leases.renew(this.proof);
        if (!this.fenced(row !== undefined)) return;
        this.publishUntilMs = this.publishLimitMs(sentMs);
        if (row?.handOverTo !== undefined) this.noteHandOver(row.handOverTo);
        pauseMs = renewIntervalMs - (clock.now() - sentMs);
      } catch (error) {
        listeners.log('warn', 'lease_renewal_failed', { shardId: this.proof.shardId, ...errorFields(error) });
        pauseMs = renewIntervalMs / 5;
      }
    }
  }

  /** Makes sure that the lease is lost on time even while a renewal hangs. */
  private watchLimit(): void {
    const { clock } = this.dependencies;
    this.cancelLimit = clock.after(Math.max(0, this.publishUntilMs - clock.now()), () => {
      if (this.mayPublish()) this.watchLimit();
    });
  }

  private fenced(stillHeld: boolean): boolean {
    if (!stillHeld && !this.givenUp.signal.aborted) this.lose('taken by another');
    return stillHeld && !this.lost.aborted;
  }

  private noteHandOver(requestedBy: string): void {
    if (this.handOverRequested.aborted) return;
    this.dependencies.listeners.log('info', 'hand_over_started', { shardId: this.proof.shardId, requestedBy });
    this.handOver.abort();
  }

  private lose(reason: string): void {
    if (this.lost.aborted) return;
    const { shardId, epoch } = this.proof;
    this.dependencies.listeners.log('warn', 'lease_lost', { shardId, epoch, reason });
    this.loss.abort();
    this.giveUp();
  }

  private publishLimitMs(sentMs: number): number {
    const { leaseDurationMs, publishMarginMs } = this.dependencies.options;
    return sentMs + leaseDurationMs - publishMarginMs;
  }
}
