/** Seeds that once broke an invariant, with what they found. The draws have changed since; they stay as further seeds. */
export const regressionSeeds: readonly { seed: number; found: string }[] = [
  { seed: 6, found: 'a record that waited in the sink past publishTimeoutMs was sent beside its next attempt' },
  { seed: 20, found: 'the same' },
  { seed: 36, found: 'the same' },
  {
    seed: 4037,
    found: 'nothing in the core: shards whose parent is gone wait until it is 25 h old; the check allows for it now',
  },
  { seed: 12075, found: 'nothing in the core: the check came before the lease of a shard that is gone had expired' },
  { seed: 2006190, found: 'nothing in the core: a shard was still waited for when the redrive was judged' },
  { seed: 2010237, found: 'nothing in the core: a listing begun before a shard was deleted was told of after' },
  { seed: 7005839, found: 'the same' },
  { seed: 2014536, found: 'nothing in the core: a shard turned 25 h old while the world was watched' },
  {
    seed: 3004238,
    found:
      'nothing in the core: a record was deleted between its entry in the ledger and its letter; the redriver knows now',
  },
  { seed: 3025903, found: 'a shard not read for a day from its claim on was read from what was left without a gap' },
  { seed: 5002946, found: 'nothing in the core: a record both refused and deleted was thought to be still in the way' },
  {
    seed: 508613,
    found: 'a stop that had no time to fill its holes did not say so; the time to stop is in proportion to life now',
  },
  { seed: 517800, found: 'the same' },
];
