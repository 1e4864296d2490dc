import { MemorySink } from './testing/memory-destinations.ts';
import { World } from './testing/world.ts';

/** A world with open shards `shard-0`, `shard-1`, … */
function aStreamOf(shards: number): World {
  const world = new World();
  for (let n = 0; n < shards; n += 1) world.stream.addShard({ shardId: `shard-${n}` });
  return world;
}

function leasesOf(world: World): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { owner = 'nobody' } of world.leases.rows.values()) counts[owner] = (counts[owner] ?? 0) + 1;
  return counts;
}

describe('balance among consumers', () => {
  it('gives a consumer that comes later its share, by hand-over and without publishing anything twice', async () => {
    const world = aStreamOf(6);
    await world.started('one');
    expect(leasesOf(world)).toEqual({ one: 6 });
    await world.started('two');
    for (let n = 0; n < 600; n += 1) {
      world.stream.put(`shard-${n % 6}`, `item-${n % 50}-${n % 6}`);
      await world.clock.advance(100);
    }
    await world.clock.advance(2_000);

    expect(leasesOf(world)).toEqual({ one: 3, two: 3 });
    expect(world.logged('hand_over_started')).toHaveLength(3);
    expect(world.logged('lease_lost')).toEqual([]);
    expect(world.sink.published).toHaveLength(600);
  });

  it('becomes stable: no shard changes its owner once no two consumers differ by two', async () => {
    const world = aStreamOf(7);
    for (const name of ['one', 'two', 'three']) await world.started(name);
    await world.clock.advance(30_000);
    expect(Object.values(leasesOf(world)).toSorted((a, b) => a - b)).toEqual([2, 2, 3]);
    const epochs = () => [...world.leases.rows.values()].map(({ epoch }) => epoch);
    const before = epochs();
    await world.clock.advance(300_000);
    expect(epochs()).toEqual(before);
  });

  it('does not request the only shard: the others stand by for it', async () => {
    const world = aStreamOf(1);
    for (const name of ['one', 'two', 'three']) await world.started(name);
    await world.clock.advance(120_000);
    expect(world.logged('hand_over_requested')).toEqual([]);
    expect(world.leases.rows.get('shard-0')).toMatchObject({ owner: 'one', epoch: 1 });
  });

  it('distributes the shards of a consumer that stops, within one scan of the leases', async () => {
    const world = aStreamOf(6);
    const one = await world.started('one');
    for (const name of ['two', 'three']) await world.started(name);
    await world.clock.advance(30_000);
    expect(leasesOf(world)).toEqual({ one: 2, two: 2, three: 2 });

    await Promise.all([one.stop(), world.clock.advance(2_600)]);
    expect(leasesOf(world)).toEqual({ two: 3, three: 3 });
  });

  it('keeps a shard that was handed over for the consumer that requested it, and only as long as a lease lasts', async () => {
    const world = aStreamOf(2);
    await world.started('one');
    const row = world.leases.rows.get('shard-0');
    if (row) world.leases.rows.set('shard-0', { ...row, handOverTo: 'requested-and-died' });
    await world.clock.advance(5_000);
    expect(world.leases.rows.get('shard-0')?.owner).toBeUndefined();
    await world.clock.advance(14_000);
    expect(world.leases.rows.get('shard-0')).toMatchObject({ owner: 'one', epoch: 2 });
    expect(world.leases.rows.get('shard-0')).not.toHaveProperty('handOverTo');
  });

  it('drains before it hands over: what was started is published and saved, the rest is left to the next owner', async () => {
    const world = aStreamOf(2);
    world.sink.behave = () => new Promise((resolve) => world.clock.after(900, resolve));
    await world.started('one', { maxInFlight: 5 });
    for (let n = 0; n < 60; n += 1) world.stream.put(`shard-${n % 2}`, `item-${n}`);
    const second = new MemorySink();
    await world.started('two', {}, second);
    await world.clock.advance(40_000);

    expect(leasesOf(world)).toEqual({ one: 1, two: 1 });
    expect(second.published.length).toBeGreaterThan(0);
    const all = [...world.sink.story, ...second.story];
    expect(new Set(all).size).toBe(60);
    expect(all).toHaveLength(60);
  });
});
