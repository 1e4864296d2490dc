import { compareSequenceNumbers, type ShardDescription } from '../change-stream.ts';
import type { Lease, LeaseHold, LeaseStore } from '../lease-store.ts';
import type { CallHook } from './memory-change-stream.ts';

/** The lease rows in memory, with exactly the conditions of the port. */
export class MemoryLeaseStore implements LeaseStore {
  beforeCall: CallHook = () => undefined;
  /** After the change was made and before the answer: throwing here loses the answer. */
  afterCall: CallHook = () => undefined;
  readonly rows: Map<string, Lease>;

  /** @param rows where the rows are kept; a simulation passes a map that watches them */
  constructor(rows = new Map<string, Lease>()) {
    this.rows = rows;
  }

  list(): Promise<Lease[]> {
    return this.call('list', undefined, () => [...this.rows.values()]);
  }

  read(shardId: string): Promise<Lease | undefined> {
    return this.call('read', shardId, () => this.rows.get(shardId));
  }

  create(shard: ShardDescription): Promise<boolean> {
    return this.call('create', shard.shardId, () => this.ensureRow(shard));
  }

  claim(seen: Lease, owner: string, claimToken: string): Promise<Lease | undefined> {
    return this.call('claim', seen.shardId, () => {
      const row = this.rows.get(seen.shardId);
      if (row?.state === 'OPEN' && row.claimToken === claimToken) return row;
      if (!row || row.state !== 'OPEN' || row.epoch !== seen.epoch || row.heartbeat !== seen.heartbeat)
        return undefined;
      const claimed = {
        ...withoutHandOver(row),
        owner,
        claimToken,
        epoch: row.epoch + 1,
        heartbeat: row.heartbeat + 1,
      };
      this.rows.set(row.shardId, claimed);
      return claimed;
    });
  }

  async renew(hold: LeaseHold): Promise<Lease | undefined> {
    let renewed: Lease | undefined;
    await this.changeHeld('renew', hold, (row) => (renewed = { ...row, heartbeat: row.heartbeat + 1 }));
    return renewed;
  }

  checkpoint(hold: LeaseHold, sequenceNumber: string): Promise<boolean> {
    return this.changeHeld('checkpoint', hold, (row) =>
      compareSequenceNumbers(row.checkpoint ?? '-1', sequenceNumber) < 0 ? { ...row, checkpoint: sequenceNumber } : row,
    );
  }

  end(hold: LeaseHold, children: readonly ShardDescription[]): Promise<boolean> {
    return this.call('end', hold.shardId, () => {
      const row = this.rows.get(hold.shardId);
      if (row?.state === 'ENDED') return row.epoch === hold.epoch;
      if (!row || !holds(row, hold)) return false;
      for (const child of children) this.ensureRow(child);
      const childShardIds = children.map((child) => child.shardId);
      this.rows.set(row.shardId, { ...withoutOwner(row), state: 'ENDED', childShardIds });
      return true;
    });
  }

  release(hold: LeaseHold): Promise<boolean> {
    return this.changeHeld('release', hold, withoutOwner);
  }

  requestHandOver(seen: Lease, requestedBy: string): Promise<boolean> {
    return this.call('requestHandOver', seen.shardId, () => {
      const row = this.rows.get(seen.shardId);
      if (row?.state !== 'OPEN' || row.epoch !== seen.epoch || row.owner !== seen.owner) return false;
      if (row.handOverTo !== seen.handOverTo) return false;
      this.rows.set(row.shardId, { ...row, handOverTo: requestedBy });
      return true;
    });
  }

  delete(seen: Lease): Promise<boolean> {
    return this.call('delete', seen.shardId, () => {
      if (this.rows.get(seen.shardId)?.state !== 'ENDED') return false;
      return this.rows.delete(seen.shardId);
    });
  }

  private changeHeld(call: string, hold: LeaseHold, change: (row: Lease) => Lease): Promise<boolean> {
    return this.call(call, hold.shardId, () => {
      const row = this.rows.get(hold.shardId);
      if (!row || !holds(row, hold)) return false;
      this.rows.set(hold.shardId, change(row));
      return true;
    });
  }

  private ensureRow(shard: ShardDescription): boolean {
    if (this.rows.has(shard.shardId)) return false;
    this.rows.set(shard.shardId, { ...shard, state: 'OPEN', epoch: 0, heartbeat: 0 });
    return true;
  }

  private async call<T>(call: string, shardId: string | undefined, act: () => T): Promise<T> {
    await this.beforeCall(call, shardId);
    const answer = act();
    await this.afterCall(call, shardId);
    return answer;
  }
}

/** Whether the row has the owner and epoch of the hold: the condition that fences a write. */
export function holds(row: Lease, { owner, epoch }: LeaseHold): boolean {
  return row.state === 'OPEN' && row.owner === owner && row.epoch === epoch;
}

function withoutOwner(row: Lease): Lease {
  const free = { ...row };
  delete free.owner;
  return free;
}

function withoutHandOver(row: Lease): Lease {
  const claimed = { ...row };
  delete claimed.handOverTo;
  return claimed;
}
