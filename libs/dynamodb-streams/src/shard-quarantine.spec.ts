import { PublishRefusedError } from './errors.ts';
import { MemorySink } from './testing/memory-destinations.ts';
import { World } from './testing/world.ts';

/** A world with one open shard, whose sink refuses the records of `bad` and accepts the others. */
function aStreamWithPoison(): World {
  const world = new World();
  world.stream.addShard({ shardId: 'A' });
  refuseBad(world.sink);
  return world;
}

function refuseBad(sink: MemorySink, isBad = (itemKey: string) => itemKey.startsWith('bad')): void {
  sink.behave = ({ itemKey }) => {
    if (isBad(itemKey)) throw new PublishRefusedError('SNS refuses the message', { cause: new Error('too large') });
  };
}

describe('ShardQuarantine', () => {
  it('quarantines a record that is refused permanently and later ones of its item, and continues with the shard', async () => {
    const world = aStreamWithPoison();
    for (const item of ['bad', 'good', 'bad']) world.stream.put('A', item);
    const consumer = await world.started('one');
    await world.clock.advance(20_000);
    world.stream.put('A', 'bad');
    await world.clock.advance(3_000);

    expect(world.deadLetters.story).toEqual(['bad:1', 'bad:3', 'bad:4']);
    expect(world.deadLetters.sent.map(({ code, detail }) => [code, detail])).toEqual([
      ['SINK_REFUSED', 'SNS refuses the message: too large'],
      ['BEHIND_QUARANTINED', 'an earlier record of its item is quarantined'],
      ['BEHIND_QUARANTINED', 'an earlier record of its item is quarantined'],
    ]);
    expect(world.sink.story).toEqual(['good:2']);
    expect(world.sink.attempts.filter(({ itemKey }) => itemKey === 'bad')).toHaveLength(5);
    expect(world.checkpointOf('A')).toBe('4');
    expect(world.ledger.quarantined.get('bad')).toEqual({ itemKey: 'bad', lastQuarantined: '4' });
    expect(consumer.status()).toMatchObject({ quarantinedItems: 1, quarantineFull: false });
    expect(consumer.status().shards).toMatchObject([{ refusedRecords: 0, bufferedRecords: 0 }]);
  });

  it('never quarantines for an outage, however long', async () => {
    const world = aStreamWithPoison();
    let away = true;
    world.sink.behave = () => {
      if (away) throw new Error('the topic is away');
    };
    world.stream.put('A', 'a');
    await world.started('one');
    await world.clock.advance(3_600_000);
    expect(world.deadLetters.sent).toEqual([]);
    away = false;
    await world.clock.advance(12_000);
    expect(world.sink.story).toEqual(['a:1']);
  });

  it('keeps records behind a quarantined one after another consumer has taken over', async () => {
    const world = aStreamWithPoison();
    world.stream.put('A', 'bad');
    await world.started('one');
    await world.clock.advance(20_000);
    expect(world.deadLetters.story).toEqual(['bad:1']);
    world.crash('one');
    world.stream.put('A', 'bad');
    const second = new MemorySink();
    await world.started('two', {}, second);
    await world.clock.advance(20_000);

    expect(world.deadLetters.story).toEqual(['bad:1', 'bad:2']);
    expect(second.attempts).toEqual([]);
  });

  it('publishes an item again once it was redriven', async () => {
    const world = aStreamWithPoison();
    world.stream.put('A', 'bad');
    await world.started('one');
    await world.clock.advance(20_000);
    refuseBad(world.sink, () => false);
    world.stream.put('A', 'bad');
    await world.clock.advance(3_000);
    expect(world.deadLetters.story).toEqual(['bad:1', 'bad:2']);

    expect(await world.ledger.release({ itemKey: 'bad', lastQuarantined: '1' })).toBe(false);
    expect(await world.ledger.release({ itemKey: 'bad', lastQuarantined: '2' })).toBe(true);
    world.stream.put('A', 'bad');
    await world.clock.advance(3_000);
    expect(world.sink.story).toEqual(['bad:3']);
  });

  it('quarantines no more items than allowed: then refused items are held back and reported, and others continue', async () => {
    const world = aStreamWithPoison();
    for (const item of ['bad-1', 'bad-2', 'bad-3', 'good']) world.stream.put('A', item);
    const consumer = await world.started('one', { maxQuarantinedItems: 2 });
    await world.clock.advance(120_000);

    expect(world.deadLetters.sent).toHaveLength(2);
    expect(world.sink.story).toEqual(['good:4']);
    expect(world.logged('quarantine_full').length).toBeGreaterThan(0);
    expect(consumer.status()).toMatchObject({ quarantinedItems: 2, quarantineFull: true });
    expect(consumer.status().shards).toMatchObject([{ refusedRecords: 1, bufferedRecords: 1 }]);

    const [deadLetter] = world.deadLetters.sent;
    const { itemKey = '', sequenceNumber: lastQuarantined = '' } = deadLetter?.record ?? {};
    await world.ledger.release({ itemKey, lastQuarantined });
    await world.clock.advance(30_000);
    expect(world.deadLetters.sent).toHaveLength(3);
  });

  it('sends a record to the dead letters after a crash between the ledger and the dead letter', async () => {
    const world = aStreamWithPoison();
    world.stream.put('A', 'bad');
    world.deadLetters.behave = () => {
      world.crash('one');
      throw new Error('the process has died');
    };
    await world.started('one');
    await world.clock.advance(20_000);
    expect(world.ledger.quarantined.size).toBe(1);
    world.deadLetters.behave = () => undefined;
    const second = new MemorySink();
    await world.started('two', {}, second);
    await world.clock.advance(20_000);

    expect(world.deadLetters.story).toEqual(['bad:1']);
    expect(second.attempts).toEqual([]);
    expect(world.checkpointOf('A')).toBe('1');
  });
});
