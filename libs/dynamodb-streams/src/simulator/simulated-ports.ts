import type { ChangeStream } from '../change-stream.ts';
import type { DeadLetters } from '../dead-letters.ts';
import type { GroupLedger } from '../group-ledger.ts';
import type { LeaseStore } from '../lease-store.ts';
import type { Sink } from '../sink.ts';
import { sleep } from '../clock.ts';
import type { Observations } from './observations.ts';
import type { ProtocolWatch } from './protocol-watch.ts';
import { calm, type SimulatedProcess } from './simulated-process.ts';
import type { SimulatedWorld } from './simulated-world.ts';

/** Returns the ports of one process, with a simulated network in between. */
export function portsOf(process: SimulatedProcess, world: SimulatedWorld) {
  return {
    stream: streamOf(process, world),
    leases: remote(process, 'lease', world.leases, world.watch),
    ledger: remote(process, 'ledger', world.ledger, world.watch),
    sink: sinkOf(process, world),
    deadLetters: deadLettersOf(process, world),
  };
}

/** Returns the same methods, each called over the network. */
function remote<Port extends LeaseStore | GroupLedger>(
  process: SimulatedProcess,
  name: string,
  port: Port,
  watch: ProtocolWatch,
): Port {
  return new Proxy(port, {
    get: (target, method: string) => {
      const act = target[method as keyof Port] as (...input: unknown[]) => unknown;
      return (...input: unknown[]) =>
        process.call(`${name}_${method}`, () => watch.onCall(method, input[0], () => act.apply(target, input)));
    },
  });
}

function streamOf(process: SimulatedProcess, { stream, watch, seen }: SimulatedWorld): ChangeStream {
  return {
    listShards: (query) => {
      seen.note('list_shards', process.name);
      return process.call('list_shards', () => stream.listShards(query));
    },
    iterator: (shardId, position) => {
      watch.onRead(process.name, shardId);
      return process.call('iterator', () => noted(seen, process, () => stream.iterator(shardId, position)));
    },
    read: (iterator, limit) => {
      seen.note('read', process.name);
      return process.call('read', () => noted(seen, process, () => stream.read(iterator, limit)));
    },
  };
}

/** Counts the errors of the stream. */
function noted<T>(seen: Observations, process: SimulatedProcess, act: () => T): T {
  try {
    return act();
  } catch (error) {
    seen.note(String((error as { code?: string }).code).toLowerCase(), process.name);
    throw error;
  }
}

function sinkOf(process: SimulatedProcess, world: SimulatedWorld): Sink {
  const { destination, watch, random, stream, seen, weather } = world;
  return {
    publish: async ({ sequenceNumber }, permit) => {
      const record = stream.record(sequenceNumber);
      const takenAtMs = world.clock.now();
      // The record waits as in a batcher, and its permit is checked before it is sent.
      if (random.chance(0.3)) {
        await sleep(
          process.clock,
          weather.rates !== calm && random.chance(0.02) ? 3_000 : random.between(1, weather.rates === calm ? 300 : 40),
        );
        if (!permit.granted()) {
          seen.note('permit_refused', process.name);
          throw new Error('no permit');
        }
      }
      watch.onSend(process.name, record, false);
      const answered = destination.send(process.name, watch.epochOf(record), record, takenAtMs);
      try {
        await process.call('publish', () => destination.arrive(process.name, record));
      } finally {
        answered();
      }
    },
  };
}

function deadLettersOf(process: SimulatedProcess, { stream, watch, deadLetters, seen }: SimulatedWorld): DeadLetters {
  return {
    send: (deadLetter) => {
      const record = stream.record(deadLetter.record.sequenceNumber);
      watch.onSend(process.name, record, true);
      return process.call('dead_letter', () => {
        seen.note('quarantined', process.name, `${record.number} of ${record.itemKey}`);
        record.quarantined = true;
        deadLetters.push(record);
      });
    },
  };
}
