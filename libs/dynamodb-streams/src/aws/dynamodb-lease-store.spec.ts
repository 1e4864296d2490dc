import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Lease, LeaseHold } from '../lease-store.ts';
import { startDynoxide } from '../testing/embedded-aws.ts';
import { DynamoDbLeaseStore } from './dynamodb-lease-store.ts';
import { leaseTableDefinition } from './lease-table.ts';

const streamArn = 'arn:aws:dynamodb:eu-central-1:000000000000:table/orders/stream/2030-01-01T00:00:00.000';
let dynoxide: Awaited<ReturnType<typeof startDynoxide>>;
let groups = 0;

beforeAll(async () => {
  dynoxide = await startDynoxide();
  await dynoxide.dynamodb.send(new CreateTableCommand(leaseTableDefinition('stream-leases')));
});

afterAll(() => dynoxide.stop());

/** A store with no rows. */
function aStore(tableName = 'stream-leases'): DynamoDbLeaseStore {
  groups += 1;
  return new DynamoDbLeaseStore({ client: dynoxide.dynamodb, tableName, group: `group-${groups}`, streamArn });
}

/** A store with one row, `A`, claimed by `me`. */
async function aHeldLease(): Promise<{ store: DynamoDbLeaseStore; hold: LeaseHold; row: Lease }> {
  const store = aStore();
  await store.create({ shardId: 'A' });
  const row = (await store.claim((await store.list())[0] as Lease, 'me', 'token-1')) as Lease;
  return { store, row, hold: { shardId: 'A', owner: 'me', epoch: row.epoch } };
}

describe('DynamoDbLeaseStore', () => {
  it('creates a row once', async () => {
    const store = aStore();
    expect(await store.create({ shardId: 'B', parentShardId: 'A' })).toBe(true);
    expect(await store.create({ shardId: 'B', parentShardId: 'A' })).toBe(false);
    expect(await store.list()).toEqual([{ shardId: 'B', parentShardId: 'A', state: 'OPEN', epoch: 0, heartbeat: 0 }]);
  });

  it('lists only its own group and stream', async () => {
    await aHeldLease();
    expect(await aStore().list()).toEqual([]);
  });

  it("keeps the rows of two tables' streams apart, although the streams were made in the same moment", async () => {
    const shared = { client: dynoxide.dynamodb, tableName: 'stream-leases', group: 'same' };
    const orders = new DynamoDbLeaseStore({ ...shared, streamArn });
    const invoices = new DynamoDbLeaseStore({ ...shared, streamArn: streamArn.replace('/orders/', '/invoices/') });
    await orders.create({ shardId: 'A' });
    expect(await invoices.list()).toEqual([]);
  });

  it('lets one of two claims of the same row win', async () => {
    const store = aStore();
    await store.create({ shardId: 'A' });
    const seen = (await store.read('A')) as Lease;
    const claims = await Promise.all([store.claim(seen, 'x', 'token-x'), store.claim(seen, 'y', 'token-y')]);
    const won = claims.filter((row) => row !== undefined);
    expect(won).toMatchObject([{ epoch: 1, heartbeat: 1 }]);
    expect(await store.read('A')).toEqual(won[0]);
  });

  it('wins a claim whose first answer is lost inside the SDK, which then tries again', async () => {
    const { endpoint } = dynoxide;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const client = new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials, maxAttempts: 2 });
    let claims = 0;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'UpdateItemCommand') claims += 1;
          const answer = await next(args);
          if (claims !== 1) return answer;
          throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
        },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const store = new DynamoDbLeaseStore({ client, tableName: 'stream-leases', group: 'lost answers', streamArn });
    await store.create({ shardId: 'A' });
    const row = await store.claim((await store.read('A')) as Lease, 'me', 'token');
    client.destroy();
    expect(claims).toBe(2);
    expect(row).toEqual({ shardId: 'A', state: 'OPEN', epoch: 1, heartbeat: 1, owner: 'me', claimToken: 'token' });
  });

  it('refuses a claim when the owner has renewed since', async () => {
    const { store, hold, row } = await aHeldLease();
    expect(await store.renew(hold)).toEqual({ ...row, heartbeat: row.heartbeat + 1 });
    expect(await store.claim(row, 'other', 'token-2')).toBeUndefined();
  });

  it('refuses every write of an owner whose epoch is over', async () => {
    const { store, hold, row } = await aHeldLease();
    await store.claim(row, 'me', 'token-2');
    expect(await store.renew(hold)).toBeUndefined();
    expect(await store.checkpoint(hold, '5')).toBe(false);
    expect(await store.end(hold, [])).toBe(false);
    expect(await store.release(hold)).toBe(false);
    expect(await store.read('A')).toMatchObject({ owner: 'me', epoch: 2, state: 'OPEN' });
  });

  it('moves a checkpoint forward only, comparing numbers and keeping their text', async () => {
    const { store, hold } = await aHeldLease();
    const checkpointAfter = async (sequenceNumber: string) => {
      expect(await store.checkpoint(hold, sequenceNumber)).toBe(true);
      return (await store.read('A'))?.checkpoint;
    };
    expect(await checkpointAfter('999')).toBe('999');
    expect(await checkpointAfter('000000000000000001000')).toBe('000000000000000001000');
    expect(await checkpointAfter('999')).toBe('000000000000000001000');
    expect(await checkpointAfter('1000')).toBe('000000000000000001000');
  });

  it('ends a shard together with its children, leaves existing rows unchanged, and returns the same when it is repeated', async () => {
    const { store, hold } = await aHeldLease();
    await store.create({ shardId: 'B', parentShardId: 'A' });
    await store.claim((await store.read('B')) as Lease, 'early', 'token-b');
    const children = ['B', 'C'].map((shardId) => ({ shardId, parentShardId: 'A' }));

    expect(await store.end(hold, children)).toBe(true);
    expect(await store.end(hold, children)).toBe(true);

    const rows = new Map((await store.list()).map((row) => [row.shardId, row]));
    expect(rows.get('A')).toMatchObject({ state: 'ENDED', childShardIds: ['B', 'C'], epoch: 1 });
    expect(rows.get('A')?.owner).toBeUndefined();
    expect(rows.get('B')).toMatchObject({ owner: 'early', epoch: 1 });
    expect(rows.get('C')).toEqual({ shardId: 'C', parentShardId: 'A', state: 'OPEN', epoch: 0, heartbeat: 0 });
    expect(await store.claim(rows.get('A') as Lease, 'me', 'token-3')).toBeUndefined();
  });

  it('frees a lease without touching its epoch or checkpoint', async () => {
    const { store, hold } = await aHeldLease();
    await store.checkpoint(hold, '7');
    expect(await store.release(hold)).toBe(true);
    expect(await store.read('A')).toEqual(expect.objectContaining({ epoch: 1, checkpoint: '7' }));
    expect((await store.read('A'))?.owner).toBeUndefined();
  });

  it('carries a hand-over from the requester to the owner, through the release, until the next claim', async () => {
    const { store, hold, row } = await aHeldLease();
    expect(await store.requestHandOver(row, 'requester')).toBe(true);
    expect(await store.requestHandOver(row, 'another')).toBe(false);
    expect(await store.renew(hold)).toMatchObject({ owner: 'me', handOverTo: 'requester' });
    await store.release(hold);
    const free = (await store.read('A')) as Lease;
    expect(free.handOverTo).toBe('requester');
    expect(await store.requestHandOver(free, 'another')).toBe(false);
    const claimed = await store.claim(free, 'requester', 'token-2');
    expect(claimed).toMatchObject({ owner: 'requester', epoch: 2 });
    expect(claimed).not.toHaveProperty('handOverTo');
  });

  it('replaces a request that its owner has not followed, and refuses one for an earlier epoch', async () => {
    const { store, row } = await aHeldLease();
    await store.requestHandOver(row, 'requester');
    const requested = (await store.read('A')) as Lease;
    expect(await store.requestHandOver(requested, 'another')).toBe(true);
    await store.claim((await store.read('A')) as Lease, 'other', 'token-2');
    expect(await store.requestHandOver(requested, 'requester')).toBe(false);
  });

  it('lets one of several concurrent requests win', async () => {
    const { store, row } = await aHeldLease();
    const requested = await Promise.all(['x', 'y', 'z'].map((requestedBy) => store.requestHandOver(row, requestedBy)));
    expect(requested.filter(Boolean)).toHaveLength(1);
    expect((await store.read('A'))?.handOverTo).toBe(['x', 'y', 'z'][requested.indexOf(true)]);
  });

  it('lets either the renewal or the claim of the same row win', async () => {
    const { store, hold, row } = await aHeldLease();
    const [renewed, claimed] = await Promise.all([store.renew(hold), store.claim(row, 'other', 'token-2')]);
    expect([renewed, claimed].filter((after) => after !== undefined)).toEqual([await store.read('A')]);
  });

  it('answers a repeated call by the row: a freed lease is not held, a deleted row does not exist', async () => {
    const { store, hold } = await aHeldLease();
    await store.create({ shardId: 'B' });
    const held = (await store.claim((await store.read('B')) as Lease, 'me', 'token-b')) as Lease;
    expect([await store.release(hold), await store.release(hold)]).toEqual([true, false]);
    await store.end({ shardId: 'B', owner: 'me', epoch: held.epoch }, []);
    expect([await store.delete(held), await store.delete(held)]).toEqual([true, false]);
  });

  it('lists all pages', async () => {
    const store = aStore();
    // A page is at most 1 MB.
    const parentShardId = 'p'.repeat(60_000);
    for (let n = 0; n < 25; n += 1) await store.create({ shardId: `shard-${n}`, parentShardId });
    expect(await store.list()).toHaveLength(25);
  });

  it('stores when a shard was created, and deletes only rows of ended shards', async () => {
    const { store, hold } = await aHeldLease();
    await store.create({ shardId: 'B', createdAtMs: 1_700_000_000_000 });
    expect(await store.read('B')).toMatchObject({ createdAtMs: 1_700_000_000_000 });
    await store.end(hold, [{ shardId: 'C', parentShardId: 'A', createdAtMs: 1_700_000_000_001 }]);
    const rows = await store.list();
    expect(rows.find(({ shardId }) => shardId === 'C')?.createdAtMs).toBe(1_700_000_000_001);
    const deleted = await Promise.all(rows.map((row) => store.delete(row)));
    expect(rows.filter((_, position) => deleted[position]).map(({ shardId }) => shardId)).toEqual(['A']);
    expect((await store.list()).map(({ shardId }) => shardId)).toEqual(['B', 'C']);
  });

  it('names a missing table and a wrong ARN', async () => {
    await expect(aStore('nowhere').list()).rejects.toMatchObject({
      code: 'LEASE_TABLE_NOT_FOUND',
      message: expect.stringMatching(/must exist.*"nowhere"/),
    });
    const client = dynoxide.dynamodb;
    const wrong = { client, tableName: 'stream-leases', group: 'g', streamArn: 'arn:aws:dynamodb:x:y:table/orders' };
    expect(() => new DynamoDbLeaseStore(wrong)).toThrow('got arn:aws:dynamodb:x:y:table/orders');
  });
});
