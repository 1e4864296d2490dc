import { MetricRecorder } from '#libs/metrics';
import { World } from '../../../libs/dynamodb-streams/src/testing/world.ts';
import { measureStream, streamMetrics } from './stream-metrics.ts';

/** A relay on a stream with one shard, `A`, and a function that returns its metrics since the last call. */
async function aMeasuredRelay() {
  const world = new World();
  world.stream.addShard({ shardId: 'A' });
  const metrics = new MetricRecorder('stream-relay');
  world.metrics = streamMetrics(metrics);
  measureStream(await world.started('relay'), metrics);
  const measured = () =>
    Object.fromEntries(metrics.take().flatMap(({ values }) => values.map(({ name, value }) => [name, value])));
  return { world, measured };
}

const idle = { IteratorAge: 0, UnrelayedRecords: 0, LeasesOwned: 1, UnownedShardAge: 0 };

describe('the metrics of a relay', () => {
  it('are at rest while there is nothing to relay', async () => {
    const { world, measured } = await aMeasuredRelay();
    await world.clock.advance(10_000);
    expect(measured()).toEqual(idle);
  });

  it('report how old a record was when it was relayed, and return to rest', async () => {
    const { world, measured } = await aMeasuredRelay();
    world.stream.put('A', 'order', world.clock.epochMs() - 3_600_000);
    await world.clock.advance(5_000);
    const { IteratorAge, ...others } = measured();
    expect(others).toEqual({ UnrelayedRecords: 0, LeasesOwned: 1, UnownedShardAge: 0, RecordsRelayed: 1 });
    expect(IteratorAge).toBeGreaterThanOrEqual(3_600_000);
    expect(IteratorAge).toBeLessThan(3_606_000);
    await world.clock.advance(10_000);
    expect(measured()).toEqual(idle);
  });

  it('grow while the topic accepts nothing', async () => {
    const { world, measured } = await aMeasuredRelay();
    world.sink.behave = () => Promise.reject(new Error('the topic is unavailable'));
    world.stream.put('A', 'order', world.clock.epochMs());
    await world.clock.advance(20_000);
    const first = measured();
    expect(first).toMatchObject({ UnrelayedRecords: 1, IteratorAge: 20_000 });
    await world.clock.advance(30_000);
    expect(measured()).toMatchObject({ UnrelayedRecords: 1, IteratorAge: 50_000 });
    world.sink.behave = () => undefined;
    await world.clock.advance(60_000);
    expect(measured()).toMatchObject({ UnrelayedRecords: 0, RecordsRelayed: 1 });
    expect(measured()).toEqual(idle);
  });
});
