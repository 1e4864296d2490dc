import { slowPaces, World } from './testing/world.ts';

const hourMs = 3_600_000;

describe('losses by trimming', () => {
  it('records a gap once before it reads on, however often that fails', async () => {
    const world = new World();
    world.stream.addShard({ shardId: 'A' });
    for (const item of ['a', 'b', 'c']) world.stream.put('A', item);
    world.leases.rows.set('A', { shardId: 'A', state: 'OPEN', epoch: 1, heartbeat: 1, checkpoint: '1' });
    world.stream.trim('A', '2');
    let failures = 2;
    world.ledger.afterCall = (call) => {
      if (call !== 'recordGap') return;
      expect(world.sink.published).toEqual([]);
      if (failures-- > 0) throw new Error('the answer was lost');
    };
    await world.started('one');
    await world.clock.advance(5_000);

    expect(await world.ledger.gaps()).toEqual([
      { shardId: 'A', after: '1', certain: true, noticedAtMs: expect.any(Number) },
    ]);
    expect(world.sink.story).toEqual(['c:3']);
  });

  it('reports a possible loss for a shard older than a day that the group has never read', async () => {
    const world = new World();
    const now = world.clock.epochMs();
    world.ledger.start = { startedAtMs: now - 30 * hourMs };
    world.stream.addShard({ shardId: 'old', createdAtMs: now - 25 * hourMs });
    world.stream.addShard({ shardId: 'young', createdAtMs: now - 23 * hourMs });
    await world.started('one');
    await world.clock.advance(5_000);
    expect(await world.ledger.gaps()).toMatchObject([{ shardId: 'old', certain: false }]);
  });

  it('reports a possible loss also when the first read of a shard succeeds only after that time', async () => {
    const world = new World();
    world.ledger.start = { startedAtMs: world.clock.epochMs() - 30 * hourMs };
    world.stream.addShard({ shardId: 'A', createdAtMs: world.clock.epochMs() });
    for (const item of ['a', 'b']) world.stream.put('A', item);
    world.stream.beforeCall = (call) => {
      if (call === 'iterator') throw new Error('the stream is away');
    };
    await world.started('one', slowPaces);
    await world.clock.advance(25 * hourMs);
    world.stream.trim('A', '1');
    world.stream.beforeCall = () => undefined;
    await world.clock.advance(600_000);

    expect(await world.ledger.gaps()).toMatchObject([{ shardId: 'A', certain: false }]);
    expect(world.sink.story).toEqual(['b:2']);
  });

  it('reports no possible loss when the group has just started', async () => {
    const world = new World();
    world.stream.addShard({ shardId: 'old', createdAtMs: world.clock.epochMs() - 25 * hourMs });
    await world.started('one');
    await world.clock.advance(5_000);
    expect(await world.ledger.gaps()).toEqual([]);
  });

  it('continues with the children of a shard that was trimmed as a whole, and records what is lost', async () => {
    const world = new World();
    const now = world.clock.epochMs();
    const gone = { shardId: 'gone', createdAtMs: now - 50 * hourMs };
    world.leases.rows.set('gone', { ...gone, state: 'OPEN', epoch: 3, heartbeat: 9, checkpoint: '7' });
    world.stream.addShard({ shardId: 'child', parentShardId: 'gone', createdAtMs: now - 2 * hourMs });
    world.stream.put('child', 'a');
    await world.started('one');
    await world.clock.advance(5_000);

    expect(world.leases.rows.get('gone')).toMatchObject({ state: 'ENDED', childShardIds: ['child'] });
    expect(await world.ledger.gaps()).toMatchObject([{ shardId: 'gone', after: '7', certain: true }]);
    expect(world.sink.story).toEqual(['a:1']);
  });

  it.each([
    ['that is still listed', 50, true],
    ['that is too young to be trimmed', 20, false],
  ])('does not treat a shard %s as ended when the stream does not find it', async (_which, ageHours, listed) => {
    const world = new World();
    const shard = { shardId: 'A', createdAtMs: world.clock.epochMs() - ageHours * hourMs };
    world.leases.rows.set('A', { ...shard, state: 'OPEN', epoch: 3, heartbeat: 9, checkpoint: '7' });
    if (listed) {
      world.stream.addShard(shard);
      world.stream.beforeCall = (call) => {
        if (call === 'iterator') throw world.stream.notFound('A');
      };
    }
    await world.started('one');
    await world.clock.advance(30_000);
    expect(world.leases.rows.get('A')).toMatchObject({ state: 'OPEN', checkpoint: '7' });
    expect(await world.ledger.gaps()).toEqual([]);
  });
});
