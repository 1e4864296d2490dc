import { PublishRefusedError, StreamConsumerError } from './errors.ts';
import type { Lease } from './lease-store.ts';
import { StreamConsumer } from './stream-consumer.ts';
import { MemoryGroupLedger } from './testing/memory-group-ledger.ts';
import { MemoryLeaseStore } from './testing/memory-lease-store.ts';
import { MemorySink } from './testing/memory-destinations.ts';
import { never, slowPaces, World } from './testing/world.ts';

/** A world with one open shard, `A`. */
function aStream(): World {
  const world = new World();
  world.stream.addShard({ shardId: 'A' });
  return world;
}

/** A world in which `A` is closed, with a record that is not yet published and a child `B`. */
function aClosedShard(): World {
  const world = new World();
  const createdAtMs = world.clock.epochMs();
  world.stream.addShard({ shardId: 'A', createdAtMs });
  world.stream.addShard({ shardId: 'B', parentShardId: 'A', createdAtMs });
  world.stream.put('A', 'a');
  world.stream.put('B', 'a');
  world.stream.close('A');
  return world;
}

const failing = () => {
  throw new Error('the topic is away');
};

describe('StreamConsumer', () => {
  it('publishes every record, those of one item in order and never two at a time', async () => {
    const world = aStream();
    world.sink.behave = () => new Promise((resolve) => world.clock.after(5, resolve));
    for (let n = 0; n < 300; n += 1) world.stream.put('A', `item-${n % 7}`);

    await world.started('one', { pageSize: 20, maxBufferedRecords: 60 });
    await world.clock.advance(2_000);

    expect(world.sink.published).toHaveLength(300);
    expect(world.sink.overlaps).toEqual([]);
    const positions = new Map<string, number>();
    for (const { itemKey, sequenceNumber } of world.sink.published) {
      expect(Number(sequenceNumber)).toBeGreaterThan(positions.get(itemKey) ?? 0);
      positions.set(itemKey, Number(sequenceNumber));
    }
  });

  it('keeps the later records of an item behind a failing one, and lets others pass', async () => {
    const world = aStream();
    let failures = 3;
    world.sink.behave = ({ sequenceNumber }) => (sequenceNumber === '1' && failures-- > 0 ? failing() : undefined);
    for (const item of ['a', 'a', 'b', 'b']) world.stream.put('A', item);

    await world.started('one');
    await world.clock.advance(5_000);

    expect(world.sink.story).toEqual(['b:3', 'b:4', 'a:1', 'a:2']);
  });

  it('never moves the checkpoint past a record that is not published', async () => {
    const world = aStream();
    let away = true;
    world.sink.behave = ({ itemKey }) => (away && itemKey === 'b' ? failing() : undefined);
    for (const item of ['a', 'b', 'c', 'a']) world.stream.put('A', item);

    await world.started('one');
    await world.clock.advance(60_000);
    expect(world.sink.story).toEqual(['a:1', 'c:3', 'a:4']);
    expect(world.checkpointOf('A')).toBe('1');

    away = false;
    await world.clock.advance(12_000);
    expect(world.checkpointOf('A')).toBe('4');
  });

  it('saves the checkpoint when enough is published, and waits for the interval after a failure', async () => {
    const world = aStream();
    for (let n = 0; n < 40; n += 1) world.stream.put('A', `item-${n}`);
    await world.started('one', { checkpointIntervalMs: 9_000, checkpointAfterRecords: 40 });
    await world.clock.advance(1_000);
    expect(world.checkpointOf('A')).toBe('40');

    const checkpoint = world.leases.checkpoint.bind(world.leases);
    let calls = 0;
    world.leases.checkpoint = () => Promise.reject(new Error(`down ${(calls += 1)}`));
    for (let n = 0; n < 80; n += 1) world.stream.put('A', `item-${n}`);
    await world.clock.advance(8_000);
    expect(calls).toBe(1);
    world.leases.checkpoint = checkpoint;
    await world.clock.advance(9_000);
    expect(world.checkpointOf('A')).toBe('120');
  });

  it('publishes the oldest first, so that the checkpoint stays close behind', async () => {
    const world = aStream();
    for (const item of ['a', 'a', 'a', 'b', 'b', 'c', 'd', 'e']) world.stream.put('A', item);
    await world.started('one', { maxInFlight: 1 });
    await world.clock.advance(5_000);
    const numbers = world.sink.published.map(({ sequenceNumber }) => Number(sequenceNumber));
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('takes over from the checkpoint of a consumer that died, once its lease has expired', async () => {
    const world = aStream();
    await world.started('first');
    const second = new MemorySink();
    await world.started('second', {}, second);
    world.stream.put('A', 'a');
    await world.clock.advance(3_000);
    world.stream.put('A', 'a');
    world.sink.behave = ({ sequenceNumber }) => void (sequenceNumber === '2' && world.crash('first'));
    await world.clock.advance(1_000);
    world.stream.put('A', 'a');
    await world.clock.advance(14_000);

    expect(world.sink.story).toEqual(['a:1', 'a:2']);
    expect(second.story).toEqual(['a:2', 'a:3']);
    expect(world.leases.rows.get('A')).toMatchObject({ owner: 'second', epoch: 2, checkpoint: '3' });
  });

  it('resumes after the checkpoint once a lease found in the table has expired', async () => {
    const world = aStream();
    for (const item of ['a', 'b', 'a']) world.stream.put('A', item);
    world.leases.rows.set('A', { shardId: 'A', state: 'OPEN', epoch: 4, heartbeat: 9, owner: 'dead', checkpoint: '2' });

    await world.started('next');
    await world.clock.advance(9_000);
    expect(world.sink.story).toEqual([]);
    await world.clock.advance(6_000);

    expect(world.sink.story).toEqual(['a:3']);
    expect(world.stream.iteratorRequests[0]?.position).toEqual({ after: '2' });
    expect(world.leases.rows.get('A')).toMatchObject({ owner: 'next', epoch: 5, checkpoint: '3' });
  });

  it.each([
    ['is throttled', () => Promise.reject(new Error('LimitExceeded'))],
    ['does not answer', never],
    ['says that the stream is not there', () => Promise.reject(new StreamConsumerError('STREAM_NOT_FOUND', 'gone'))],
  ])('scans the leases and replaces a dead owner at the usual pace while the listing %s', async (_how, answer) => {
    const world = aStream();
    const consumers = new Map([
      ['one', await world.started('one')],
      ['two', await world.started('two')],
    ]);
    world.stream.beforeCall = (call) => (call === 'listShards' ? answer() : undefined);
    await world.clock.advance(300_000);
    const { owner: dead = '' } = world.leases.rows.get('A') ?? {};
    const successor = dead === 'one' ? 'two' : 'one';
    const { lastScanAgoMs, lastListingAgoMs } = consumers.get(successor)?.status() ?? {};
    expect(lastScanAgoMs).toBeLessThanOrEqual(2_500);
    expect(lastListingAgoMs).toBeGreaterThanOrEqual(300_000);

    world.crash(dead);
    await world.clock.advance(15_000);
    expect(world.leases.rows.get('A')).toMatchObject({ owner: successor, epoch: 2 });
    expect(world.logged('discovery_failed').length).toBeGreaterThan(10);
  });

  it('does not claim a lease whose heartbeat moves', async () => {
    const world = aStream();
    await world.started('owner');
    const other = new MemorySink();
    await world.started('other', {}, other);
    world.stream.put('A', 'a');
    await world.clock.advance(120_000);

    expect(world.leases.rows.get('A')).toMatchObject({ owner: 'owner', epoch: 1 });
    expect(other.published).toEqual([]);
  });

  it('reads children only after their parent has ended, and finds them over several pages and late', async () => {
    const world = aStream();
    for (const shardId of ['B', 'C', 'D']) world.stream.addShard({ shardId, parentShardId: 'A' });
    world.stream.unlisted.add('B').add('C').add('D');
    world.stream.put('A', 'a');
    const consumer = await world.started('one', { discoveryIntervalMs: 100 });
    world.stream.unlisted.clear();
    await world.clock.advance(1_000);
    for (const shardId of ['B', 'C', 'D']) world.stream.put(shardId, `child-${shardId}`);
    await world.clock.advance(10_000);
    expect(world.sink.story).toEqual(['a:1']);
    expect(consumer.status().shards.map(({ state }) => state)).toEqual([
      'READING',
      'WAITING_FOR_PARENT',
      'WAITING_FOR_PARENT',
      'WAITING_FOR_PARENT',
    ]);

    world.sink.behave = ({ itemKey }) => (itemKey === 'late' ? failing() : undefined);
    world.stream.put('A', 'late');
    world.stream.close('A');
    await world.clock.advance(10_000);
    expect(world.sink.story).toEqual(['a:1']);

    world.sink.behave = () => undefined;
    await world.clock.advance(15_000);
    expect(world.sink.published.map(({ itemKey }) => itemKey).slice(0, 2)).toEqual(['a', 'late']);
    expect(world.sink.published).toHaveLength(5);
    expect(world.leases.rows.get('A')).toMatchObject({ state: 'ENDED', childShardIds: ['B', 'C', 'D'] });
  });

  it('waits for the children of a closed shard before it ends it', async () => {
    const world = aStream();
    world.stream.addShard({ shardId: 'B', parentShardId: 'A' });
    world.stream.unlisted.add('B');
    world.stream.close('A');
    await world.started('one');
    await world.clock.advance(20_000);
    expect(world.leases.rows.get('A')).toMatchObject({ state: 'OPEN', owner: 'one' });

    world.stream.unlisted.clear();
    await world.clock.advance(15_000);
    expect(world.leases.rows.get('A')?.state).toBe('ENDED');
    expect(world.leases.rows.get('B')?.owner).toBe('one');
  });

  it.each([
    ['does not find the shard', 'STREAM_NOT_FOUND'],
    ['is empty', undefined],
  ])(
    'ends a closed shard that was trimmed while it waited, when the listing of its children %s',
    async (_how, code) => {
      const world = aClosedShard();
      const { stream, clock } = world;
      stream.beforeCall = (call, childrenOf) => {
        if (call === 'listShards' && childrenOf) throw new Error('throttled');
      };
      await world.started('one');
      await clock.advance(5_000);
      expect(world.sink.story).toEqual(['a:1']);

      stream.unlisted.add('A');
      stream.beforeCall = (call, childrenOf) => {
        if (call === 'listShards' && childrenOf && code) throw stream.notFound(childrenOf);
      };
      stream.childrenUnknown = code === undefined;
      await clock.advance(15_000);
      expect(world.leases.rows.get('A')).toMatchObject({ state: 'ENDED', childShardIds: ['B'] });
      expect(world.sink.story).toEqual(['a:1', 'a:2']);
    },
  );

  it('ends a closed shard that is gone with its children only when it is older than the retention', async () => {
    const world = aClosedShard();
    world.stream.unlisted.add('B');
    await world.started('one', slowPaces);
    world.stream.unlisted.add('A');
    world.stream.beforeCall = (call, childrenOf) => {
      if (call === 'listShards' && childrenOf) throw world.stream.notFound(childrenOf);
    };
    await world.clock.advance(24 * 3_600_000);
    expect(world.leases.rows.get('A')).toMatchObject({ state: 'OPEN', owner: 'one' });
    await world.clock.advance(2 * 3_600_000);
    expect(world.leases.rows.get('A')).toMatchObject({ state: 'ENDED', childShardIds: [] });
  });

  it('lists the stream a few times a minute however many of its shards are not found, or wait for their children', async () => {
    const world = new World();
    const { stream, clock } = world;
    for (let n = 0; n < 40; n += 1) stream.addShard({ shardId: `closed-${n}` });
    for (let n = 0; n < 40; n += 1) stream.addShard({ shardId: `lost-${n}` });
    for (let n = 0; n < 40; n += 1) stream.close(`closed-${n}`);
    const listings: string[] = [];
    stream.beforeCall = (call, shardId) => {
      if (call === 'listShards') listings.push(shardId ?? 'all');
      if (call === 'iterator' && shardId?.startsWith('lost')) throw stream.notFound(shardId);
    };
    await world.started('one');
    await clock.advance(5_000);
    const pages = 40;
    // Its own listings, and those of its shards; each closed shard lists its children once.
    expect(listings.filter((of) => of === 'all').length).toBeLessThanOrEqual(3 * pages);
    expect(listings.filter((of) => of !== 'all')).toHaveLength(40);

    listings.length = 0;
    await clock.advance(60_000);
    expect(new Set(listings)).toEqual(new Set(['all']));
    expect(listings.length).toBeLessThanOrEqual(15 * pages);
  });

  it('continues with the child of an ended shard at once', async () => {
    const world = aStream();
    world.stream.addShard({ shardId: 'B', parentShardId: 'A' });
    await world.started('one', { leaseScanIntervalMs: 60_000 });
    world.stream.put('A', 'a');
    world.stream.put('B', 'a');
    world.stream.close('A');
    await world.clock.advance(2_000);

    expect(world.sink.story).toEqual(['a:1', 'a:2']);
  });

  it('considers a missing parent trimmed only when the child is older than the retention', async () => {
    const world = new World();
    const hour = 3_600_000;
    world.stream.addShard({ shardId: 'young', parentShardId: 'gone', createdAtMs: world.clock.epochMs() - hour });
    world.stream.addShard({ shardId: 'old', parentShardId: 'gone', createdAtMs: world.clock.epochMs() - 26 * hour });
    await world.started('one');
    await world.clock.advance(5_000);

    expect(world.leases.rows.get('young')?.owner).toBeUndefined();
    expect(world.leases.rows.get('old')?.owner).toBe('one');
  });

  it('gets a new iterator after the last record read when one has expired', async () => {
    const world = aStream();
    world.stream.put('A', 'a');
    await world.started('one');
    world.stream.expireIterators();
    world.stream.put('A', 'b');
    await world.clock.advance(2_000);

    expect(world.sink.story).toEqual(['a:1', 'b:2']);
    expect(world.logged('iterator_expired')).toHaveLength(1);
    expect(world.stream.iteratorRequests.at(-1)?.position).toEqual({ after: '1' });
  });

  it('reports trimmed records and continues with what is left', async () => {
    const world = aStream();
    for (const item of ['a', 'b', 'c']) world.stream.put('A', item);
    world.leases.rows.set('A', { shardId: 'A', state: 'OPEN', epoch: 1, heartbeat: 1, checkpoint: '1' });
    world.stream.trim('A', '2');
    await world.started('one');
    await world.clock.advance(2_000);

    expect(world.logged('records_trimmed')).toEqual([{ shardId: 'A', after: '1' }]);
    expect(world.sink.story).toEqual(['c:3']);
    expect(world.checkpointOf('A')).toBe('3');
  });

  it('starts no publish once its lease could be taken, and drops the shard', async () => {
    const world = aStream();
    const consumer = await world.started('one');
    await world.clock.advance(1_000);
    world.leases.beforeCall = (call) => (call === 'renew' ? never() : undefined);
    await world.clock.advance(6_500);
    world.stream.put('A', 'a');
    world.leases.beforeCall = never;
    await world.clock.advance(20_000);

    expect(world.logged('lease_lost')).toMatchObject([{ shardId: 'A', reason: 'not renewed in time' }]);
    expect(world.sink.attempts).toEqual([]);
    expect(consumer.status().shards).toMatchObject([{ isOwn: false }]);
  });

  it('drops the shard when another epoch has started', async () => {
    const world = aStream();
    world.sink.behave = never;
    await world.started('one');
    world.stream.put('A', 'a');
    await world.clock.advance(2_000);
    const row = world.leases.rows.get('A');
    if (row) await world.leases.claim(row, 'thief', 'token');
    await world.clock.advance(3_000);

    expect(world.logged('lease_lost')).toMatchObject([{ reason: 'taken by another' }]);
    world.stream.put('A', 'b');
    await world.clock.advance(5_000);
    expect(world.sink.attempts).toHaveLength(1);
    expect(world.leases.rows.get('A')).toMatchObject({ owner: 'thief', epoch: 2 });
  });

  it('settles a claim whose answer was lost by the token in the row', async () => {
    const world = aStream();
    world.leases.afterCall = (call) => {
      if (call === 'claim') throw new Error('the answer was lost');
    };
    world.stream.put('A', 'a');
    await world.started('one');

    expect(world.sink.story).toEqual(['a:1']);
    expect(world.leases.rows.get('A')?.epoch).toBe(1);
  });

  it('stops reading while its buffer is full', async () => {
    const world = aStream();
    for (let n = 0; n < 100; n += 1) world.stream.put('A', `item-${n}`);
    world.sink.behave = never;
    const consumer = await world.started('one', { pageSize: 10, maxBufferedRecords: 25, maxInFlight: 4 });
    await world.clock.advance(10_000);

    expect(consumer.status().shards).toMatchObject([{ bufferedRecords: 20, inFlightRecords: 4 }]);
    expect(world.sink.mostInFlight).toBe(4);
  });

  it('stops reading while its buffer holds too many bytes for another page', async () => {
    const world = aStream();
    const sizeBytes = 400_000;
    for (let n = 0; n < 40; n += 1) Object.assign(world.stream.put('A', `item-${n}`), { sizeBytes });
    let away = true;
    world.sink.behave = () => (away ? failing() : undefined);
    // A page of 1 MB holds two of them.
    const consumer = await world.started('one', { pageSize: 2, maxBufferedBytes: 4_000_000 });
    await world.clock.advance(10_000);
    expect(consumer.status().shards).toMatchObject([{ bufferedRecords: 8, bufferedBytes: 8 * sizeBytes }]);

    away = false;
    await world.clock.advance(30_000);
    expect(world.sink.published).toHaveLength(40);
    expect(consumer.status().shards).toMatchObject([{ bufferedRecords: 0, bufferedBytes: 0 }]);
  });

  it('stops reading behind a record that stays unpublished, and continues once it is published', async () => {
    const world = aStream();
    let away = true;
    world.sink.behave = ({ itemKey }) => (away && itemKey === 'bad' ? failing() : undefined);
    world.stream.put('A', 'good');
    world.stream.put('A', 'bad');
    for (let n = 0; n < 200; n += 1) world.stream.put('A', `item-${n}`);
    await world.started('one', { pageSize: 10, maxBufferedRecords: 20, maxUncheckpointedRecords: 50 });
    await world.clock.advance(60_000);

    const [first, ...later] = world.sink.published;
    expect(first?.itemKey).toBe('good');
    expect(later.length).toBeGreaterThanOrEqual(40);
    expect(later.length).toBeLessThan(50);
    expect(world.checkpointOf('A')).toBe('1');

    away = false;
    await world.clock.advance(30_000);
    expect(world.sink.published).toHaveLength(202);
    expect(world.checkpointOf('A')).toBe('202');
  });

  it('reports how long the oldest record read has waited to be published', async () => {
    const world = aStream();
    const consumer = await world.started('one');
    expect(consumer.status().shards[0]?.oldestUnpublishedAgoMs).toBeUndefined();
    let away = true;
    world.sink.behave = ({ itemKey }) => (away && itemKey === 'bad' ? failing() : undefined);
    world.stream.put('A', 'bad');
    await world.clock.advance(5_000.5);
    world.stream.put('A', 'good');
    await world.clock.advance(2_000.25);
    const { oldestUnpublishedAgoMs = 0 } = consumer.status().shards[0] ?? {};
    expect(oldestUnpublishedAgoMs).toBeGreaterThan(6_000);
    expect(oldestUnpublishedAgoMs).toBeLessThan(7_001);
    expect(Number.isInteger(oldestUnpublishedAgoMs)).toBe(true);

    away = false;
    await world.clock.advance(12_000);
    expect(consumer.status().shards[0]?.oldestUnpublishedAgoMs).toBeUndefined();
  });

  it('reports how long a shard that may be read has had no owner', async () => {
    const world = aStream();
    world.stream.addShard({ shardId: 'B', parentShardId: 'A' });
    world.leases.rows.set('A', { shardId: 'A', state: 'OPEN', epoch: 4, heartbeat: 9, owner: 'dead' });
    world.leases.beforeCall = (call) => {
      if (call === 'claim') throw new Error('the table is throttled');
    };
    const consumer = await world.started('one', { discoveryIntervalMs: 100 });
    const unowned = () => consumer.status().shards.map(({ unownedForMs }) => unownedForMs);
    await world.clock.advance(9_000);
    expect(unowned()).toEqual([undefined, undefined]);
    await world.clock.advance(11_000);
    expect(unowned()).toEqual([20_001, undefined]);
  });

  it('keeps trying a record the sink refuses permanently, and reports it', async () => {
    const world = aStream();
    let refusals = 0;
    world.sink.behave = ({ itemKey }) => {
      if (itemKey === 'bad' && refusals++ < 3) throw new PublishRefusedError('too large');
    };
    for (const item of ['bad', 'good', 'bad']) world.stream.put('A', item);
    const consumer = await world.started('one');
    expect(consumer.status().shards).toMatchObject([{ refusedRecords: 1, bufferedRecords: 2 }]);
    await world.clock.advance(5_000);
    expect(consumer.status().shards).toMatchObject([{ refusedRecords: 0, bufferedRecords: 0 }]);

    expect(world.logged('record_refused')).toHaveLength(3);
    expect(world.sink.story).toEqual(['good:2', 'bad:1', 'bad:3']);
  });

  it('publishes what is in flight, saves the checkpoint and frees its leases when it stops', async () => {
    const world = aStream();
    world.sink.behave = () => new Promise((resolve) => world.clock.after(3_000, resolve));
    for (const item of ['a', 'b', 'a']) world.stream.put('A', item);
    const consumer = await world.started('one');
    await world.clock.advance(100);
    await Promise.all([consumer.stop(), world.clock.advance(4_000)]);

    expect(world.sink.story).toEqual(['a:1', 'b:2']);
    expect(world.checkpointOf('A')).toBe('2');
    expect(world.leases.rows.get('A')?.owner).toBeUndefined();

    const next = new MemorySink();
    await world.started('two', {}, next);
    expect(next.story).toEqual(['a:3']);
  });

  it.each([
    ['at the start', 0],
    ['later on', 5_000],
  ])('waits for the release of a shard whose claim was in flight when it stopped, %s', async (_when, addedMs) => {
    const world = new World();
    world.leases.beforeCall = (call) =>
      call === 'claim' || call === 'release' ? new Promise((resolve) => world.clock.after(500, resolve)) : undefined;
    const consumer = world.consumer('one', { discoveryIntervalMs: 100, leaseScanIntervalMs: 100 });
    if (addedMs === 0) world.stream.addShard({ shardId: 'A' });
    void consumer.start();
    await world.clock.advance(addedMs);
    if (addedMs > 0) world.stream.addShard({ shardId: 'A' });
    await world.clock.advance(200);
    expect(world.leases.rows.get('A')).toMatchObject({ epoch: 0 });

    let rowWhenStopped: Lease | undefined;
    void consumer.stop().then(() => (rowWhenStopped = world.leases.rows.get('A')));
    await world.clock.advance(2_000);
    expect(rowWhenStopped?.epoch).toBe(1);
    expect(rowWhenStopped?.owner).toBeUndefined();
    expect(world.logged('lease_released')).toEqual([{ shardId: 'A' }]);
  });

  it('stops in time although a publish hangs, and then leaves the lease to expire', async () => {
    const world = aStream();
    world.sink.behave = never;
    world.stream.put('A', 'a');
    const consumer = await world.started('one', { stopTimeoutMs: 2_000 });
    let stopped = false;
    void consumer.stop().then(() => (stopped = true));
    await world.clock.advance(2_100);

    expect(stopped).toBe(true);
    expect(world.logged('stop_incomplete')).toMatchObject([{ shardId: 'A', inFlightRecords: 1 }]);
    expect(world.leases.rows.get('A')?.owner).toBe('one');
  });

  it('starts once, however often start is called, and not again after a stop', async () => {
    const world = aStream();
    const consumer = world.consumer('one');
    await Promise.all([consumer.start(), consumer.start(), world.clock.advance(1)]);
    let scans = 0;
    world.leases.beforeCall = (call) => void (call === 'list' && (scans += 1));
    await world.clock.advance(25_000);
    expect(world.logged('consumer_started')).toHaveLength(1);
    expect(scans).toBe(10);

    await Promise.all([consumer.stop(), world.clock.advance(100)]);
    await expect(consumer.start()).rejects.toMatchObject({ code: 'CONSUMER_STOPPED' });
    expect(world.leases.rows.get('A')?.owner).toBeUndefined();
  });

  it('may be started again when its start was rejected', async () => {
    const world = aStream();
    world.stream.status = 'DISABLED';
    const consumer = world.consumer('one');
    await expect(consumer.start()).rejects.toMatchObject({ code: 'STREAM_DISABLED' });
    world.stream.status = 'ENABLED';
    await consumer.start();
    expect(world.leases.rows.get('A')?.owner).toBe('one');
  });

  it('claims nothing when it is stopped while it starts', async () => {
    const world = aStream();
    world.stream.beforeCall = () => new Promise((resolve) => world.clock.after(500, resolve));
    const consumer = world.consumer('one');
    const started = consumer.start();
    await world.clock.advance(100);
    await Promise.all([consumer.stop(), started, world.clock.advance(2_000)]);
    expect(world.leases.rows.get('A')?.owner).toBeUndefined();
    expect(world.logged('consumer_started')).toEqual([]);
  });

  it.each([
    ['throws at once', true],
    ['answers with no promise', false],
  ])('treats a sink that %s like any other', async (_how, failing) => {
    const world = aStream();
    let attempts = 0;
    const publish = () => {
      attempts += 1;
      if (failing && attempts === 1) throw new Error('not now');
    };
    world.stream.put('A', 'a');
    await world.started('one', {}, { publish } as unknown as MemorySink);
    await world.clock.advance(5_000);
    expect(attempts).toBe(failing ? 2 : 1);
    expect(world.checkpointOf('A')).toBe('1');
  });

  /** 750 records of one item between as many others, each taking 20 ms: 15 s for the one item. */
  function aHotItem(): World {
    const world = aStream();
    world.sink.behave = () => new Promise((resolve) => world.clock.after(20, resolve));
    for (let n = 0; n < 1_500; n += 1) world.stream.put('A', n % 2 ? 'hot' : `cold-${n}`);
    return world;
  }

  it('frees a lease in time although one item has more records in a row than can be published', async () => {
    const world = aHotItem();
    const consumer = await world.started('one');
    await world.clock.advance(500);
    await Promise.all([consumer.stop(), world.clock.advance(10_000)]);
    expect(world.leases.rows.get('A')?.owner).toBeUndefined();
    const [{ inFlightRecords, repeatedRecords } = {}] = world.logged('stop_incomplete');
    expect([inFlightRecords, Number(repeatedRecords) > 0]).toEqual([0, true]);
    expect(Number(world.checkpointOf('A'))).toBeGreaterThan(700);

    world.sink.behave = () => undefined;
    await world.started('two');
    await world.clock.advance(2_000);
    expect(world.checkpointOf('A')).toBe('1500');
  });

  it('hands over in time although one item has more records in a row than can be published', async () => {
    const world = aHotItem();
    await world.started('one');
    const row = world.leases.rows.get('A') as Lease;
    await world.leases.requestHandOver(row, 'two');
    await world.started('two');
    // One renewal, the time to stop, two scans of the leases.
    await world.clock.advance(2_500 + 10_000 + 2 * 2_500);
    expect(world.leases.rows.get('A')?.owner).toBe('two');
    expect(world.logged('stop_incomplete')).toMatchObject([{ inFlightRecords: 0 }]);
  });

  it('polls less often while no records come, and more often again when one does', async () => {
    const world = aStream();
    let reads = 0;
    world.stream.beforeCall = (call) => void (call === 'read' && (reads += 1));
    await world.started('one');
    await world.clock.advance(5_000);
    reads = 0;
    await world.clock.advance(10_000);
    expect(reads).toBe(10);
    world.stream.put('A', 'a');
    await world.clock.advance(1_000);
    expect(reads).toBeGreaterThan(12);
  });

  it('refuses options that cannot keep its promises, naming rule and value', () => {
    const world = new World();
    expect(() => world.consumer('one', { leaseDurationMs: 5_000, renewIntervalMs: 2_000 })).toThrow(
      'leaseDurationMs must be at least 3 × renewIntervalMs (6000), got 5000',
    );
    expect(() => world.consumer('one', { pageSize: 1_001 })).toThrow('pageSize must be at most what GetRecords allows');
    expect(() => world.consumer('one', { maxUncheckpointedRecords: 1_999 })).toThrow(
      'maxBufferedRecords must be at most maxUncheckpointedRecords (1999), got 2000',
    );
    expect(() => world.consumer('one', { maxBufferedBytes: 1_000_000 })).toThrow(
      'maxBufferedBytes must be at least 1048576, what GetRecords may answer with, got 1000000',
    );
    expect(() => world.consumer('')).toThrow('consumerId must be a string that is not empty');
    expect(() => world.consumer(undefined as never)).toThrow('consumerId must be a string that is not empty');
    for (const name of ['publishTimeoutMs', 'stopTimeoutMs', 'discoveryIntervalMs', 'streamCallTimeoutMs']) {
      expect(() => world.consumer('one', { [name]: 3_000_000_000 })).toThrow(
        `${name} must be at most a day in milliseconds (86400000), got 3000000000`,
      );
    }
  });
});

describe('the start of a group', () => {
  const settings = { startAt: 'LATEST' as const };

  it('reads all that the stream still has by default', async () => {
    const world = aStream();
    world.stream.put('A', 'old', world.clock.epochMs() - 3_600_000);
    await world.started('one');
    expect(world.sink.story).toEqual(['old:1']);
  });

  it('skips what was written before it started with LATEST, and nothing after, not even across a crash', async () => {
    const world = aStream();
    world.stream.put('A', 'old', world.clock.epochMs() - 2_000);
    await world.started('one', settings);
    expect(world.checkpointOf('A')).toBeUndefined();
    world.crash('one');
    await world.clock.advance(5_000);
    world.stream.put('A', 'meanwhile', world.clock.epochMs());
    await world.clock.advance(3_000);
    await world.started('two', settings);
    await world.clock.advance(20_000);

    expect(world.sink.story).toEqual(['meanwhile:2']);
    expect(world.checkpointOf('A')).toBe('2');
  });

  it('continues where it was, whatever `startAt` later consumers have', async () => {
    const world = aStream();
    const one = await world.started('one');
    await Promise.all([one.stop(), world.clock.advance(100)]);
    world.stream.put('A', 'old', world.clock.epochMs() - 60_000);
    await world.started('two', settings);
    expect(world.sink.story).toEqual(['old:1']);
  });
});

it('lets a second group read the stream once more, from its own start', async () => {
  const world = aStream();
  world.stream.put('A', 'a');
  await world.started('one');
  await world.clock.advance(5_000);
  const leases = new MemoryLeaseStore();
  const replay = new MemorySink();
  const { stream, clock } = world;
  const ports = { stream, clock, leases, ledger: new MemoryGroupLedger(leases), sink: replay };
  await Promise.all([new StreamConsumer(ports, { consumerId: 'replay' }).start(), clock.advance(2_000)]);

  expect(replay.story).toEqual(['a:1']);
  expect(world.sink.story).toEqual(['a:1']);
});

describe('a stream that is disabled', () => {
  it('stops the start, and says which ARN to give', async () => {
    const world = aStream();
    world.stream.status = 'DISABLED';
    const started = world.consumer('one').start();
    await expect(started).rejects.toMatchObject({ code: 'STREAM_DISABLED' });
    await expect(started).rejects.toThrow(
      /must be ENABLED, it is DISABLED: give the ARN of the table's present stream/,
    );
    expect(world.leases.rows.size).toBe(0);
  });

  it('is read to its end when it was disabled while running, and by a consumer whose options allow it', async () => {
    const world = aStream();
    const one = await world.started('one', { discoveryIntervalMs: 1_000 });
    world.stream.put('A', 'a');
    world.stream.status = 'DISABLED';
    await Promise.all([one.stop(), world.clock.advance(1_000)]);
    world.stream.put('A', 'b');
    world.stream.close('A');
    const two = await world.started('two', { readDisabledStream: true, discoveryIntervalMs: 1_000 });
    await world.clock.advance(5_000);

    expect(world.sink.story).toEqual(['a:1', 'b:2']);
    expect(world.logged('stream_disabled')).toHaveLength(1);
    expect(two.status()).toMatchObject({ streamStatus: 'DISABLED', shards: [{ state: 'ENDED' }] });
  });
});

it('deletes the rows of shards that ended long ago', async () => {
  const world = new World();
  const createdAtMs = world.clock.epochMs() - 60 * 3_600_000;
  const child = { shardId: 'child', parentShardId: 'parent', createdAtMs: createdAtMs + 3_600_000 };
  world.leases.rows.set('parent', {
    shardId: 'parent',
    createdAtMs,
    state: 'ENDED',
    epoch: 1,
    heartbeat: 1,
    childShardIds: ['child'],
  });
  world.leases.rows.set('child', { ...child, state: 'OPEN', epoch: 1, heartbeat: 1, checkpoint: '5' });
  world.stream.addShard(child);
  await world.started('one');
  expect([...world.leases.rows.keys()]).toEqual(['child']);
  expect(world.logged('lease_deleted')).toEqual([{ shardId: 'parent' }]);
});
