import { compareSequenceNumbers } from '../change-stream.ts';
import type { FollowOutcome, Gap, GroupLedger, GroupStart, ParkedItem } from '../group-ledger.ts';
import type { LeaseHold } from '../lease-store.ts';
import type { CallHook } from './memory-change-stream.ts';
import { holds, type MemoryLeaseStore } from './memory-lease-store.ts';

/** The ledger in memory, fenced by the rows of the lease store it is given. */
export class MemoryGroupLedger implements GroupLedger {
  beforeCall: CallHook = () => undefined;
  afterCall: CallHook = () => undefined;
  start: GroupStart | undefined;
  readonly gapRows = new Map<string, Gap>();
  readonly parked = new Map<string, ParkedItem>();
  private readonly leases: MemoryLeaseStore;

  constructor(leases: MemoryLeaseStore) {
    this.leases = leases;
  }

  begin(start: GroupStart): Promise<GroupStart> {
    return this.call('begin', undefined, () => (this.start ??= start));
  }

  noteGap(hold: LeaseHold, gap: Gap): Promise<boolean> {
    return this.call('noteGap', hold.shardId, () => {
      if (!this.isHeld(hold)) return false;
      const key = `${gap.shardId}|${gap.after ?? ''}`;
      if (!this.gapRows.has(key)) this.gapRows.set(key, gap);
      return true;
    });
  }

  gaps(): Promise<Gap[]> {
    return this.call('gaps', undefined, () => [...this.gapRows.values()]);
  }

  parkedItems(): Promise<ParkedItem[]> {
    return this.call('parkedItems', undefined, () => [...this.parked.values()]);
  }

  park(hold: LeaseHold, item: ParkedItem): Promise<boolean> {
    return this.call('park', hold.shardId, () => {
      if (!this.isHeld(hold)) return false;
      this.moveForward(item);
      return true;
    });
  }

  follow(hold: LeaseHold, item: ParkedItem): Promise<FollowOutcome> {
    return this.call<FollowOutcome>('follow', hold.shardId, () => {
      if (!this.isHeld(hold)) return 'LEASE_LOST';
      if (!this.parked.has(item.itemKey)) return 'NOT_PARKED';
      this.moveForward(item);
      return 'PARKED';
    });
  }

  unpark({ itemKey, lastParked }: ParkedItem): Promise<boolean> {
    return this.call('unpark', undefined, () => {
      if (this.parked.get(itemKey)?.lastParked !== lastParked) return false;
      return this.parked.delete(itemKey);
    });
  }

  private moveForward(item: ParkedItem): void {
    const known = this.parked.get(item.itemKey);
    if (!known || compareSequenceNumbers(known.lastParked, item.lastParked) < 0) this.parked.set(item.itemKey, item);
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
