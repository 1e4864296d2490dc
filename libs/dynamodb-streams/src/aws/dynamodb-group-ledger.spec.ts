import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import type { Lease, LeaseHold } from '../lease-store.ts';
import { startDynoxide } from '../testing/embedded-aws.ts';
import { DynamoDbGroupLedger } from './dynamodb-group-ledger.ts';
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

/** An empty ledger beside a lease that is held, and one of an epoch that is over. */
async function aLedger() {
  groups += 1;
  const options = { client: dynoxide.dynamodb, tableName: 'stream-leases', group: `ledger-${groups}`, streamArn };
  const leases = new DynamoDbLeaseStore(options);
  await leases.create({ shardId: 'A' });
  const row = (await leases.claim((await leases.read('A')) as Lease, 'me', 'token')) as Lease;
  const hold: LeaseHold = { shardId: 'A', owner: 'me', epoch: row.epoch };
  return { ledger: new DynamoDbGroupLedger(options), leases, row, hold, lost: { ...hold, epoch: row.epoch - 1 } };
}

describe('DynamoDbGroupLedger', () => {
  it('lets the first consumer decide how the group starts', async () => {
    const { ledger } = await aLedger();
    expect(await ledger.begin({ startedAtMs: 5, skipBeforeMs: 5 })).toEqual({ startedAtMs: 5, skipBeforeMs: 5 });
    expect(await ledger.begin({ startedAtMs: 9 })).toEqual({ startedAtMs: 5, skipBeforeMs: 5 });
  });

  it('agrees on one start when several consumers start at once', async () => {
    const { ledger } = await aLedger();
    const starts = await Promise.all([1, 2, 3, 4].map((startedAtMs) => ledger.begin({ startedAtMs })));
    expect(new Set(starts.map(({ startedAtMs }) => startedAtMs)).size).toBe(1);
  });

  it('keeps a gap once, as it was first recorded', async () => {
    const { ledger, hold } = await aLedger();
    const gap = { shardId: 'A', after: '17', certain: true, noticedAtMs: 1 };
    expect(await ledger.recordGap(hold, gap)).toBe(true);
    expect(await ledger.recordGap(hold, { ...gap, noticedAtMs: 2 })).toBe(true);
    expect(await ledger.recordGap(hold, { shardId: 'A', certain: false, noticedAtMs: 3 })).toBe(true);
    expect(await ledger.gaps()).toEqual([{ shardId: 'A', certain: false, noticedAtMs: 3 }, gap]);
  });

  it('quarantines an item and moves it forward only', async () => {
    const { ledger, hold } = await aLedger();
    for (const lastQuarantined of ['9', '10', '8']) {
      expect(await ledger.quarantine(hold, { itemKey: 'x', lastQuarantined })).toBe(true);
    }
    expect(await ledger.quarantinedItems()).toEqual([{ itemKey: 'x', lastQuarantined: '10' }]);
  });

  it('lets a record follow only while its item is quarantined', async () => {
    const { ledger, hold } = await aLedger();
    expect(await ledger.follow(hold, { itemKey: 'x', lastQuarantined: '1' })).toBe('NOT_QUARANTINED');
    await ledger.quarantine(hold, { itemKey: 'x', lastQuarantined: '1' });
    expect(await ledger.follow(hold, { itemKey: 'x', lastQuarantined: '2' })).toBe('QUARANTINED');
    expect(await ledger.follow(hold, { itemKey: 'x', lastQuarantined: '2' })).toBe('QUARANTINED');
    expect(await ledger.follow(hold, { itemKey: 'x', lastQuarantined: '1' })).toBe('QUARANTINED');
    expect(await ledger.quarantinedItems()).toEqual([{ itemKey: 'x', lastQuarantined: '2' }]);
    expect(await ledger.release({ itemKey: 'x', lastQuarantined: '1' })).toBe(false);
    expect(await ledger.release({ itemKey: 'x', lastQuarantined: '2' })).toBe(true);
    expect(await ledger.release({ itemKey: 'x', lastQuarantined: '2' })).toBe(false);
    expect(await ledger.follow(hold, { itemKey: 'x', lastQuarantined: '3' })).toBe('NOT_QUARANTINED');
    expect(await ledger.quarantinedItems()).toEqual([]);
  });

  it('writes nothing for an owner whose epoch is over', async () => {
    const { ledger, hold, lost } = await aLedger();
    await ledger.quarantine(hold, { itemKey: 'x', lastQuarantined: '1' });
    expect(await ledger.recordGap(lost, { shardId: 'A', certain: true, noticedAtMs: 1 })).toBe(false);
    expect(await ledger.quarantine(lost, { itemKey: 'y', lastQuarantined: '2' })).toBe(false);
    expect(await ledger.follow(lost, { itemKey: 'x', lastQuarantined: '2' })).toBe('LEASE_LOST');
    expect(await ledger.gaps()).toEqual([]);
    expect(await ledger.quarantinedItems()).toEqual([{ itemKey: 'x', lastQuarantined: '1' }]);
  });

  it('has written exactly what it reported, when another consumer claims the lease meanwhile', async () => {
    const { ledger, leases, row, hold } = await aLedger();
    const quarantine = async (itemKey: string) =>
      (await ledger.quarantine(hold, { itemKey, lastQuarantined: '1' })) ? [itemKey] : [];
    const before = Array.from({ length: 10 }, (_, n) => quarantine(`before-${n}`));
    const claim = leases.claim(row, 'other', 'token-2');
    const after = Array.from({ length: 10 }, (_, n) => quarantine(`after-${n}`));
    const quarantined = (await Promise.all([...before, ...after])).flat();
    expect(await claim).toMatchObject({ owner: 'other' });
    expect((await ledger.quarantinedItems()).map(({ itemKey }) => itemKey).toSorted()).toEqual(quarantined.toSorted());
    expect(await quarantine('late')).toEqual([]);
  });

  it('quarantines an item once, at the furthest of its records, when several come at once', async () => {
    const { ledger, hold } = await aLedger();
    await Promise.all(
      ['3', '12', '5', '9'].map((lastQuarantined) => ledger.quarantine(hold, { itemKey: 'x', lastQuarantined })),
    );
    expect(await ledger.quarantinedItems()).toEqual([{ itemKey: 'x', lastQuarantined: '12' }]);
  });

  it('lets either the record that follows or the redrive win', async () => {
    const { ledger, hold } = await aLedger();
    await ledger.quarantine(hold, { itemKey: 'x', lastQuarantined: '1' });
    const [outcome, released] = await Promise.all([
      ledger.follow(hold, { itemKey: 'x', lastQuarantined: '2' }),
      ledger.release({ itemKey: 'x', lastQuarantined: '1' }),
    ]);
    expect([outcome, released]).toEqual(released ? ['NOT_QUARANTINED', true] : ['QUARANTINED', false]);
  });

  it('stays out of the list of leases', async () => {
    const { ledger, leases, hold } = await aLedger();
    await ledger.begin({ startedAtMs: 1 });
    await ledger.recordGap(hold, { shardId: 'A', certain: true, noticedAtMs: 1 });
    await ledger.quarantine(hold, { itemKey: 'x', lastQuarantined: '1' });
    expect((await leases.list()).map(({ shardId }) => shardId)).toEqual(['A']);
  });

  it('takes keys of items of any length', async () => {
    const { ledger, hold } = await aLedger();
    const itemKey = 'k'.repeat(4_000);
    await ledger.quarantine(hold, { itemKey, lastQuarantined: '1' });
    expect(await ledger.quarantinedItems()).toEqual([{ itemKey, lastQuarantined: '1' }]);
  });

  it('reads all pages', async () => {
    const { ledger, hold } = await aLedger();
    const long = 'k'.repeat(60_000);
    for (let n = 0; n < 25; n += 1) await ledger.quarantine(hold, { itemKey: `${n}-${long}`, lastQuarantined: '1' });
    expect(await ledger.quarantinedItems()).toHaveLength(25);
  });
});
