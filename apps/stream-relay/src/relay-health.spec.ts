import { ReadinessReport } from '#libs/service';
import { PublishRefusedError, type StreamConsumer } from '#libs/dynamodb-streams';
import { never, World } from '../../../libs/dynamodb-streams/src/testing/world.ts';
import { relayHealth } from './relay-health.ts';

/** A world with one open shard, `A`. */
function aStream(): World {
  const world = new World();
  world.stream.addShard({ shardId: 'A' });
  return world;
}

async function healthOf(stream: StreamConsumer) {
  const { status, dependencies } = await new ReadinessReport([relayHealth(stream, 10)]).read();
  return { status, detail: dependencies.ordersStream?.detail };
}

describe('relayHealth', () => {
  it('is ready while records are published, and while there are none', async () => {
    const world = aStream();
    const stream = await world.started('relay');
    expect(await healthOf(stream)).toEqual({ status: 'ready', detail: undefined });
    world.stream.put('A', 'order');
    await world.clock.advance(60_000);
    expect(world.sink.published).toHaveLength(1);
    expect(await healthOf(stream)).toEqual({ status: 'ready', detail: undefined });
  });

  it('is not ready before the leases were read', async () => {
    expect(await healthOf(aStream().consumer('relay'))).toEqual({
      status: 'not_ready',
      detail: 'the leases have not been read yet',
    });
  });

  it.each([
    ['answers with failures', () => Promise.reject(new Error('the topic is unavailable'))],
    ['does not answer', never],
  ])('is not ready while the topic %s, and ready again when it accepts records', async (_how, failing) => {
    const world = aStream();
    const stream = await world.started('relay');
    world.sink.behave = failing;
    world.stream.put('A', 'order');
    await world.clock.advance(9_000);
    expect(await healthOf(stream)).toMatchObject({ status: 'ready' });

    await world.clock.advance(3_000);
    expect(await healthOf(stream)).toEqual({
      status: 'not_ready',
      detail: expect.stringMatching(/^the topic does not accept records of shard A, the oldest for 1[12]\d{3} ms$/),
    });

    world.sink.behave = () => undefined;
    await world.clock.advance(45_000);
    expect(await healthOf(stream)).toMatchObject({ status: 'ready' });
  });

  it('stays ready while single orders are quarantined, until the limit is reached', async () => {
    const world = aStream();
    world.sink.behave = () => {
      throw new PublishRefusedError('too large');
    };
    world.stream.put('A', 'order');
    const stream = await world.started('relay', { maxQuarantinedItems: 2 });
    await world.clock.advance(5_000);
    expect(await healthOf(stream)).toEqual({
      status: 'ready',
      detail: '1 order is quarantined and waits to be redriven',
    });
    expect(stream.status().quarantinedItems).toBe(1);

    world.stream.put('A', 'another order');
    await world.clock.advance(5_000);
    expect(await healthOf(stream)).toEqual({
      status: 'not_ready',
      detail:
        '2 orders are quarantined and wait to be redriven; the limit is reached: the topic refuses too many records',
    });
  });

  it('is not ready once the stream was disabled', async () => {
    const world = aStream();
    const stream = await world.started('relay');
    world.stream.status = 'DISABLED';
    await world.clock.advance(31_000);
    expect(await healthOf(stream)).toMatchObject({
      status: 'not_ready',
      detail: expect.stringMatching(/^the stream is disabled/),
    });
  });

  it('is not ready while a shard that may be read has had no owner for three leases', async () => {
    const world = aStream();
    world.leases.rows.set('A', { shardId: 'A', state: 'OPEN', epoch: 1, heartbeat: 1 });
    // Every claim fails, as if the row were always claimed and freed just before.
    world.leases.claim = () => Promise.resolve(undefined);
    const stream = await world.started('relay');
    await world.clock.advance(29_000);
    expect(await healthOf(stream)).toMatchObject({ status: 'ready' });

    await world.clock.advance(2_000);
    expect(await healthOf(stream)).toEqual({
      status: 'not_ready',
      detail: 'shard A has been without owner for 31001 ms',
    });
  });

  it('is not ready while the lease table does not answer', async () => {
    const world = aStream();
    const stream = await world.started('relay');
    world.leases.beforeCall = never;
    await world.clock.advance(35_000);
    const { status, detail } = await healthOf(stream);
    expect(status).toBe('not_ready');
    expect(detail).toMatch(/^the leases were last read \d+ ms ago$/);
  });
});
