import type { ShardDescription } from '../change-stream.ts';
import { HeldLease } from '../held-lease.ts';
import { LeaseCoordinator } from '../lease-coordinator.ts';
import { LeaseWatch } from '../lease-watch.ts';
import type { Lease, LeaseHold } from '../lease-store.ts';
import type { StreamConsumerOptions } from '../options.ts';
import { PublishProgress } from '../publish-progress.ts';
import { PublishPump } from '../publish-pump.ts';
import { RecordPublisher } from '../record-publisher.ts';
import { ShardConsumer } from '../shard-consumer.ts';
import { ShardEnding } from '../shard-ending.ts';
import { ShardQuarantine } from '../shard-quarantine.ts';
import { ShardReader } from '../shard-reader.ts';
import type { SimulatedWorld } from './simulated-world.ts';

/** A deliberate bug of the protocol. */
export interface Mutant {
  name: string;
  /** Puts the bug into the core, or into one world's stores. Returns a function that removes it from the core. */
  plant: () => { undo: () => void; sabotage?: (world: SimulatedWorld) => void };
}

/** Replaces a method of a class of the core; this works for private methods, too. */
function method(
  name: string,
  type: { prototype: object },
  key: string,
  make: (original: Original) => Original,
): Mutant {
  return {
    name,
    plant: () => {
      const descriptor = Object.getOwnPropertyDescriptor(type.prototype, key);
      if (!descriptor) throw new Error(`expected a method ${key} to replace`);
      Object.defineProperty(type.prototype, key, { ...descriptor, value: make(descriptor.value as Original) });
      return { undo: () => void Object.defineProperty(type.prototype, key, descriptor) };
    },
  };
}

// A replacement gets the `this` and the arguments of the original.
type Original = (this: unknown, ...input: unknown[]) => unknown;

/** Replaces an operation of the lease store or the ledger of one world. */
function store<Part extends 'leases' | 'ledger'>(
  name: string,
  part: Part,
  make: (world: SimulatedWorld) => Partial<SimulatedWorld[Part]>,
): Mutant {
  const sabotage = (world: SimulatedWorld) => void Object.assign(world[part], make(world));
  return { name, plant: () => ({ undo: () => undefined, sabotage }) };
}

/** Plants one bug in several places. */
function both(name: string, ...parts: readonly Mutant[]): Mutant {
  return {
    name,
    plant: () => {
      const planted = parts.map((part) => part.plant());
      return { undo: () => planted.forEach(({ undo }) => undo()) };
    },
  };
}

function without(row: Lease, key: 'owner' | 'parentShardId'): Lease {
  const rest = { ...row };
  delete rest[key];
  return rest;
}

/** Ends a shard without a check. */
function endRow({ leases }: SimulatedWorld, { shardId }: LeaseHold, children: readonly ShardDescription[]): boolean {
  const row = without(leases.rows.get(shardId)!, 'owner');
  leases.rows.set(shardId, { ...row, state: 'ENDED', childShardIds: children.map((child) => child.shardId) });
  return true;
}

const leaseMutants: Mutant[] = [
  store('a claim is not conditioned on the heartbeat', 'leases', ({ leases }) => {
    const claim = leases.claim.bind(leases);
    return { claim: (seen, owner, token) => claim(leases.rows.get(seen.shardId) ?? seen, owner, token) };
  }),
  store('a checkpoint is not fenced', 'leases', ({ leases }) => ({
    checkpoint: ({ shardId }, checkpoint) => {
      leases.rows.set(shardId, { ...leases.rows.get(shardId)!, checkpoint });
      return Promise.resolve(true);
    },
  })),
  store('a renewal is not fenced', 'leases', ({ leases }) => ({
    renew: ({ shardId }) => {
      const row = leases.rows.get(shardId)!;
      const renewed = { ...row, heartbeat: row.heartbeat + 1 };
      leases.rows.set(shardId, renewed);
      return Promise.resolve(renewed);
    },
  })),
  store('an end is not fenced', 'leases', (world) => ({
    end: async (hold, children) => {
      for (const child of children) await world.leases.create(child);
      return endRow(world, hold, children);
    },
  })),
  store('a shard ends without rows for its children', 'leases', (world) => ({
    end: (hold, children) => Promise.resolve(endRow(world, hold, children)),
  })),
  store('a child is read before its parent has ended', 'leases', ({ leases }) => {
    const list = leases.list.bind(leases);
    return { list: async () => (await list()).map((row) => without(row, 'parentShardId')) };
  }),
  store('a missing parent counts as finished', 'leases', ({ leases }) => {
    const list = leases.list.bind(leases);
    const known = (id: string | undefined) => id !== undefined && leases.rows.has(id);
    return {
      list: async () => (await list()).map((row) => (known(row.parentShardId) ? row : without(row, 'parentShardId'))),
    };
  }),
  method('a lease is judged dead too early', LeaseWatch, 'hasExpired', () => {
    return function hasExpired(lease, nowMs) {
      return (this as LeaseWatch).unchangedMs(lease as Lease, nowMs as number) > 300;
    };
  }),
  both(
    'a publish may always start',
    method('', HeldLease, 'mayPublish', () => () => true),
    method('', HeldLease, 'watchLimit', () => () => undefined),
  ),
  both(
    'a lost lease is kept',
    method('', HeldLease, 'lose', () => () => undefined),
    method('', HeldLease, 'mayPublish', () => {
      return function mayPublish() {
        return !(this as { givenUp: AbortController }).givenUp.signal.aborted;
      };
    }),
    method('', HeldLease, 'watchLimit', () => () => undefined),
  ),
  method('a publish may start until the lease ends', HeldLease, 'publishLimitMs', (original) => {
    return function publishLimitMs(...input) {
      return (original.apply(this, input) as number) + 4_000;
    };
  }),
  method('a hand-over does not drain', ShardConsumer, 'leave', () => {
    return async function leave() {
      await (this as { lease: HeldLease }).lease.release();
      return 'RELEASED';
    };
  }),
  method('nobody requests a hand-over', LeaseCoordinator, 'requestShare', () => () => Promise.resolve()),
];

const publishMutants: Mutant[] = [
  method('the checkpoint is the last record finished', PublishProgress, 'finish', () => {
    return function finish(entry) {
      const progress = this as { reached: string | undefined };
      const { sequenceNumber } = entry as { sequenceNumber: string };
      if (Number(sequenceNumber) > Number(progress.reached ?? 0)) progress.reached = sequenceNumber;
    };
  }),
  method('the checkpoint comes before the publish', PublishProgress, 'accept', (original) => {
    return function accept(...input) {
      (this as { reached: unknown }).reached = input[0];
      return original.apply(this, input);
    };
  }),
  method('two records of an item are in flight', PublishPump, 'accept', (original) => {
    return function accept(records) {
      const apart = (records as { itemKey: string; sequenceNumber: string }[]).map((record) => ({
        ...record,
        itemKey: `${record.itemKey}/${record.sequenceNumber}`,
      }));
      return original.call(this, apart);
    };
  }),
  method('a failed publish counts as done', RecordPublisher, 'publish', (original) => {
    return async function publish(...input) {
      await (original.apply(this, input) as Promise<void>).catch(() => undefined);
    };
  }),
  method('a stop leaves holes', PublishPump, 'close', () => {
    return function close(signal) {
      const pump = this as { closed: boolean; inFlightCount: number; lastStarted: number; until: Original };
      pump.closed = true;
      pump.lastStarted = 0;
      return pump.until(() => pump.inFlightCount === 0, signal);
    };
  }),
  method('reading does not wait for room', PublishPump, 'roomForPage', () => () => Promise.resolve()),
  method('any number is in flight', PublishPump, 'startReady', (original) => {
    return function startReady() {
      const pump = this as { options: StreamConsumerOptions };
      pump.options = { ...pump.options, maxInFlight: 100 };
      return original.call(this);
    };
  }),
  method('a quarantined item is not followed', ShardQuarantine, 'follows', () => () => Promise.resolve(false)),
  method('quarantined items are not read at the claim', ShardQuarantine, 'refresh', () => () => Promise.resolve()),
  store('the ledger forgets what is quarantined', 'ledger', () => ({ quarantine: () => Promise.resolve(true) })),
  method('a dead letter is sent before the ledger is written', ShardQuarantine, 'quarantine', (original) => {
    return async function quarantine(...input) {
      void (original.apply(this, input) as Promise<void>).catch(() => undefined);
      await Promise.resolve();
    };
  }),
];

const readMutants: Mutant[] = [
  method('a page is dropped when an iterator has expired', ShardReader, 'position', (original) => {
    return function position() {
      const start = original.call(this) as { after?: string };
      return start.after === undefined ? start : { after: String(Number(start.after) + 3) };
    };
  }),
  method('a reader forgets where it was', ShardReader, 'position', () => () => ({ at: 'TRIM_HORIZON' })),
  method('no gap is recorded', ShardReader, 'recordGap', () => () => Promise.resolve()),
  method('an empty page counts as the end', ShardReader, 'readPage', (original) => {
    return async function readPage(...input) {
      const page = (await original.apply(this, input)) as { records: unknown[]; closed: boolean };
      return { ...page, closed: page.closed || page.records.length === 0 };
    };
  }),
  method('a shard that is not found counts as deleted', ShardEnding, 'hasVanished', () => {
    return function hasVanished() {
      (this as { knownChildren: unknown[] }).knownChildren = [];
      return Promise.resolve(true);
    };
  }),
  store('each consumer starts at its own LATEST', 'ledger', ({ ledger, options }) => ({
    begin: (start) => {
      if (options.startAt === 'LATEST') ledger.start = start;
      return Promise.resolve(start);
    },
  })),
];

export const mutants: readonly Mutant[] = [...leaseMutants, ...publishMutants, ...readMutants];
