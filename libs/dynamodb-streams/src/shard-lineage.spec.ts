import type { Lease } from './lease-store.ts';
import { expendableLeases } from './shard-lineage.ts';

const hourMs = 3_600_000;
const now = Date.UTC(2030, 0, 1);

function aLease(shardId: string, ageHours: number, other: Partial<Lease> = {}): Lease {
  return { shardId, createdAtMs: now - ageHours * hourMs, state: 'OPEN', epoch: 1, heartbeat: 1, ...other };
}

/** Which rows may go, where `parent` ended with `child`, and the stream lists the given shards. */
function expendable(child: Lease, listed: readonly string[], parent: Partial<Lease> = {}): string[] {
  const ended = aLease('parent', 40, { state: 'ENDED', childShardIds: ['child'], ...parent });
  const shards = listed.map((shardId) => ({ shardId }));
  return expendableLeases([ended, child], { streamStatus: 'ENABLED', shards }, now).map(({ shardId }) => shardId);
}

describe('expendableLeases', () => {
  const oldChild = aLease('child', 26, { parentShardId: 'parent' });

  it('contains the row of an ended shard whose children were created longer ago than records live', () => {
    expect(expendable(oldChild, ['child'])).toEqual(['parent']);
  });

  it.each([
    ['the stream still lists', oldChild, ['parent', 'child'], {}],
    ['has not ended', oldChild, ['child'], { state: 'OPEN' as const }],
    ['ended less than a day ago', aLease('child', 20, { parentShardId: 'parent' }), ['child'], {}],
    ['has a child that no consumer has read yet', { ...oldChild, epoch: 0 }, ['child'], {}],
    ['ended without children', aLease('other', 30), [], { childShardIds: [] }],
  ])('keeps the row of a shard that %s', (_why, child, listed, parent) => {
    expect(expendable(child, listed, parent)).toEqual([]);
  });
});
