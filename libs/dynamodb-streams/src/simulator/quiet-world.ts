import type { SimulatedShard } from './simulated-stream.ts';
import { settings, type SimulatedWorld } from './simulated-world.ts';

/** How long the world is watched once all work is done. */
const WATCHED_MS = 9_000;
/** Most pages of the listing that a consumer reads in each discovery interval. */
const LISTING_PAGES = 30;

/** Returns what is missing until every shard is read to its end and owned, or ended; undefined when nothing is. */
export function drained(world: SimulatedWorld): string | undefined {
  const { stream, leases, watch } = world;
  for (const shard of stream.shards) {
    const row = leases.rows.get(shard.shardId);
    if (shard.gone && (!row || isYoung(world, shard))) continue;
    if (row?.state === 'ENDED' || isHeldBack(world, shard.shardId) || mustWait(world, shard)) continue;
    if (shard.closedAtMs !== undefined || shard.gone) return `${shard.shardId} is closed and has not ended`;
    const owner = world.running.find(({ process }) => process.name === row?.owner);
    if (!owner) return `${shard.shardId} is owned by ${row?.owner ?? 'no process'}, which does not run`;
    const next = shard.records[watch.firstUnaccounted(shard)];
    if (next) return `${next.number} of ${shard.shardId} is not published`;
    const last = shard.records.at(-1)?.sequenceNumber ?? '0';
    const gapOnly = shard.trimmed === shard.records.length;
    if (!gapOnly && Number(row?.checkpoint ?? 0) < Number(last))
      return `${shard.shardId} is saved only up to ${row?.checkpoint}`;
  }
  return undefined;
}

/**
 * Whether the shard, or one of its ancestors, has a parent that is gone, and is not yet old enough to be sure that all
 * records of the parent are deleted: 25 h, where records live 24 h.
 */
function mustWait(world: SimulatedWorld, shard: SimulatedShard): boolean {
  const parent = shard.parentShardId === undefined ? undefined : world.stream.shard(shard.parentShardId);
  if (!parent) return false;
  if (mustWait(world, parent)) return true;
  return parent.gone && isYoung(world, shard) && world.leases.rows.get(parent.shardId)?.state !== 'ENDED';
}

/** Whether it is too early to say that the records of the shard are lost. */
function isUndecided(world: SimulatedWorld, shard: SimulatedShard): boolean {
  const hasEnded = world.leases.rows.get(shard.shardId)?.state === 'ENDED';
  return mustWait(world, shard) || (shard.gone && !hasEnded && isYoung(world, shard));
}

/** Uses one hour more than a consumer waits, because a listing may be late. */
function isYoung({ clock }: SimulatedWorld, { createdAtMs }: SimulatedShard): boolean {
  return clock.epochMs() - createdAtMs < 26 * 3_600_000;
}

/** Whether a refused record that cannot be quarantined, because of the limit, blocks the shard or one of its ancestors. */
function isHeldBack({ stream, watch, destination, ledger, options }: SimulatedWorld, shardId: string): boolean {
  if (ledger.quarantined.size < (options.maxQuarantinedItems ?? 0)) return false;
  for (let shard = stream.shard(shardId); shard; shard = stream.shard(shard.parentShardId ?? '')) {
    const next = shard.records[watch.firstUnaccounted(shard)];
    if (next && next.index >= shard.trimmed && destination.poison.has(next)) return true;
  }
  return false;
}

/** Checks the invariants of a world that has come to rest. */
export async function inspectQuiet(world: SimulatedWorld, graceful: boolean): Promise<void> {
  const { seen, watch, destination, clock } = world;
  const lost = watch.silentLosses().filter(({ shard }) => !isUndecided(world, shard));
  if (lost.length > 0)
    seen.violate(
      'every loss by trimming has a gap',
      `${lost[0]!.number} of ${lost[0]!.shard.shardId} was trimmed and no gap says so`,
    );
  // An item with more records in a row than fit into the time to stop leaves holes, and is reported.
  if (graceful && destination.duplicates > 0 && seen.countOf('stop_incomplete') === 0) {
    seen.violate('nothing is repeated but after a failure', `${destination.duplicates} of ${destination.publishes}`);
  }
  inspectDuplicates(world);
  // While a shard is undecided, its processing may continue at any moment, or never.
  if (world.stream.shards.some((shard) => isUndecided(world, shard))) return seen.note('undecided');
  await clock.advance(3 * settings.leaseDurationMs);
  await inspectIdle(world);
  await inspectRedrive(world);
}

/**
 * Checks the number of duplicates. A new owner repeats what was published since the checkpoint, at most
 * `maxUncheckpointedRecords`; a record whose answer was lost or late is sent once more for each such call.
 */
function inspectDuplicates({ seen, destination, options }: SimulatedWorld): void {
  const takeOvers = seen.countOf('lease_claimed') + seen.countOf('lease_claim_missed');
  const unsure = ['call_answer_lost', 'call_late', 'call_hang', 'call_slow', 'paused', 'paused_past_lease'];
  const calls = unsure.reduce((sum, event) => sum + seen.countOf(event), 0);
  const bound = takeOvers * (options.maxUncheckpointedRecords ?? 0) + calls * settings.maxInFlight;
  const fromNowhere = takeOvers <= seen.countOf('claimed_first') && calls === 0;
  if (destination.duplicates > bound || (fromNowhere && destination.duplicates > 0)) {
    seen.violate('duplicates stay within their bound', `${destination.duplicates}, bound ${bound}`);
  }
}

/** Checks that no two consumers differ by more than one shard. */
function inspectBalance({ seen, stream, leases, running }: SimulatedWorld): void {
  const loads = new Map(running.map(({ process }) => [process.name, 0]));
  for (const { shardId } of stream.shards) {
    const { owner } = leases.rows.get(shardId) ?? {};
    if (owner !== undefined) loads.set(owner, (loads.get(owner) ?? 0) + 1);
  }
  const [least, most] = [Math.min(...loads.values()), Math.max(...loads.values())];
  if (most > least + 1)
    seen.violate('shards are spread evenly', [...loads].map(([name, count]) => `${name} ${count}`).join(', '));
}

/** Checks that without work shards stay where they are, and that polling has the idle pace. */
async function inspectIdle(world: SimulatedWorld): Promise<void> {
  const { seen, clock, stream, running } = world;
  const before = {
    claims: seen.countOf('lease_claimed'),
    reads: seen.countOf('read'),
    lists: seen.countOf('list_shards'),
  };
  await clock.advance(WATCHED_MS);
  inspectBalance(world);
  if (seen.countOf('lease_claimed') > before.claims) {
    seen.violate('shards stay where they are in quiet times', 'a lease was claimed');
  }
  const reads = seen.countOf('read') - before.reads;
  // One read in each idle pause, and one that was under way.
  const readBound = stream.shards.length * (WATCHED_MS / settings.polling.idlePauseMs + 2);
  if (reads > readBound) seen.violate('idle polls stay within their bound', `${reads}, bound ${readBound}`);
  const lists = seen.countOf('list_shards') - before.lists;
  const listBound = running.length * (WATCHED_MS / settings.discoveryIntervalMs + 1) * LISTING_PAGES;
  if (lists > listBound) seen.violate('listings stay within their bound', `${lists}, bound ${listBound}`);
}

/** Checks that quarantined records can be redriven, and that their items are then published again. */
async function inspectRedrive(world: SimulatedWorld): Promise<void> {
  const { seen, ledger, redriver, stream, clock, destination, poisonRate } = world;
  if (ledger.quarantined.size === 0 || stream.status !== 'ENABLED') return;
  world.poisonRate = 0;
  destination.poison.clear();
  for (let round = 0; round < 10 && ledger.quarantined.size > 0; round += 1) {
    await redriver.redrive();
    await clock.advance(2_000);
  }
  if (ledger.quarantined.size > 0)
    seen.violate('what is quarantined can be redriven', `${ledger.quarantined.size} items stay quarantined`);
  for (const item of stream.items) stream.put(item);
  await clock.advance(8_000);
  const missing = stream.records.slice(-stream.items.length).filter((record) => !record.published);
  if (missing.length > 0) seen.violate('a redriven item is published again', `${missing[0]!.itemKey} is not`);
  world.poisonRate = poisonRate;
}
