import { compareSequenceNumbers } from '../change-stream.ts';
import type { FollowOutcome, Gap, GroupLedger, GroupStart, QuarantinedItem } from '../group-ledger.ts';
import type { LeaseHold } from '../lease-store.ts';
import type { CallHook } from './memory-change-stream.ts';
import { holds, type MemoryLeaseStore } from './memory-lease-store.ts';

/** The ledger in memory, fenced by the rows of the lease store it is given. */
export class MemoryGroupLedger implements GroupLedger {
  beforeCall: CallHook = () => undefined;
  afterCall: CallHook = () => undefined;
  start: GroupStart | undefined;
  readonly gapRows = new Map<string, Gap>();
  readonly quarantined = new Map<string, QuarantinedItem>();
  private readonly leases: MemoryLeaseStore;

  constructor(leases: MemoryLeaseStore) {
    this.leases = leases;
  }

  begin(start: GroupStart): Promise<GroupStart> {
    return this.call('begin', undefined, () => (this.start ??= start));
  }

  recordGap(hold: LeaseHold, gap: Gap): Promise<boolean> {
    return this.call('recordGap', hold.shardId, () => {
      if (!this.isHeld(hold)) return false;
      const key = `${gap.shardId}|${gap.after ?? ''}`;
      if (!this.gapRows.has(key)) this.gapRows.set(key, gap);
      return true;
    });
  }

  gaps(): Promise<Gap[]> {
    return this.call('gaps', undefined, () => [...this.gapRows.values()]);
  }

  quarantinedItems(): Promise<QuarantinedItem[]> {
    return this.call('quarantinedItems', undefined, () => [...this.quarantined.values()]);
  }

  quarantine(hold: LeaseHold, item: QuarantinedItem): Promise<boolean> {
    return this.call('quarantine', hold.shardId, () => {
      if (!this.isHeld(hold)) return false;
      this.moveForward(item);
      return true;
    });
  }

  follow(hold: LeaseHold, item: QuarantinedItem): Promise<FollowOutcome> {
    return this.call<FollowOutcome>('follow', hold.shardId, () => {
      if (!this.isHeld(hold)) return 'LEASE_LOST';
      if (!this.quarantined.has(item.itemKey)) return 'NOT_QUARANTINED';
      this.moveForward(item);
      return 'QUARANTINED';
    });
  }

  release({ itemKey, lastQuarantined }: QuarantinedItem): Promise<boolean> {
    return this.call('release', undefined, () => {
      if (this.quarantined.get(itemKey)?.lastQuarantined !== lastQuarantined) return false;
      return this.quarantined.delete(itemKey);
    });
  }

  private moveForward(item: QuarantinedItem): void {
    const known = this.quarantined.get(item.itemKey);
    if (!known || compareSequenceNumbers(known.lastQuarantined, item.lastQuarantined) < 0)
      this.quarantined.set(item.itemKey, item);
  }

  private isHeld(hold: LeaseHold): boolean {
    const row = this.leases.rows.get(hold.shardId);
    return row !== undefined && holds(row, hold);
  }

  private async call<T>(call: string, shardId: string | undefined, act: () => T): Promise<T> {
    await this.beforeCall(call, shardId);
    const answer = act();
    await this.afterCall(call, shardId);
    return answer;
  }
}
