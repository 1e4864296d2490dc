import type { StreamConsumerOptions } from '../options.ts';
import { StreamConsumer } from '../stream-consumer.ts';
import { MemoryGroupLedger } from '../testing/memory-group-ledger.ts';
import { MemoryLeaseStore } from '../testing/memory-lease-store.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { Destination, Redriver } from './destination.ts';
import { Observations } from './observations.ts';
import { ProtocolWatch, WatchedRows } from './protocol-watch.ts';
import { SeededRandom } from '../seeded-random.ts';
import { portsOf } from './simulated-ports.ts';
import { SimulatedProcess, Weather } from './simulated-process.ts';
import { type SimulatedRecord, SimulatedStream } from './simulated-stream.ts';

/** A consumer in a process of its own. */
export interface Running {
  process: SimulatedProcess;
  consumer: StreamConsumer;
  stopping: boolean;
}

/** Options about ten times faster and smaller than in production, so that much happens in little time. */
export const settings = {
  leaseDurationMs: 4_000,
  renewIntervalMs: 1_000,
  publishMarginMs: 1_200,
  leaseScanIntervalMs: 1_000,
  discoveryIntervalMs: 4_000,
  leaseCallTimeoutMs: 800,
  pageSize: 20,
  maxBufferedRecords: 60,
  maxUncheckpointedRecords: 200,
  polling: { busyPauseMs: 75, idlePauseMs: 800 },
  streamCallTimeoutMs: 1_500,
  maxInFlight: 8,
  publishTimeoutMs: 2_000,
  retry: { baseMs: 50, capMs: 1_000 },
  checkpointIntervalMs: 600,
  checkpointAfterRecords: 10,
  stopTimeoutMs: 3_500,
  quarantineAfterRefusals: 3,
  readDisabledStream: true,
} satisfies Partial<StreamConsumerOptions>;

/** Breaks a part of the world, to check that the simulation notices. */
export type Sabotage = (world: SimulatedWorld) => void;

/** A stream, its consumers, and everything that can go wrong with them. */
export class SimulatedWorld {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly seen: Observations;
  readonly stream: SimulatedStream;
  readonly destination: Destination;
  readonly leases: MemoryLeaseStore;
  readonly ledger: MemoryGroupLedger;
  readonly watch: ProtocolWatch;
  readonly weather: Weather;
  readonly redriver = new Redriver(this);
  readonly deadLetters: SimulatedRecord[] = [];
  readonly running: Running[] = [];
  readonly options: Partial<StreamConsumerOptions>;
  private started = 0;

  constructor(seed: number, traced: boolean) {
    const random = new SeededRandom(seed);
    const rows = new WatchedRows();
    this.random = random;
    this.seen = new Observations(() => this.clock.now(), traced);
    const shape = { shards: 1 + random.below(3), items: 4 + random.below(9) };
    this.stream = new SimulatedStream(random, this.clock, shape);
    this.destination = new Destination(this.seen, () => this.clock.now(), settings.publishTimeoutMs);
    this.leases = new MemoryLeaseStore(rows);
    this.ledger = new MemoryGroupLedger(this.leases);
    this.watch = new ProtocolWatch(this, rows);
    this.weather = new Weather(random, this.seen);
    this.options = {
      ...settings,
      maxQuarantinedItems: random.chance(0.1) ? 2 : 100,
      startAt: random.chance(0.15) ? 'LATEST' : 'TRIM_HORIZON',
    };
  }

  get alive(): Running[] {
    return this.running.filter(({ process }) => process.alive);
  }

  /** While true, no process starts or resumes. */
  closed = false;

  start(): void {
    if (this.closed) return;
    this.started += 1;
    const name = `p${this.started}`;
    const process = new SimulatedProcess(name, this.clock, this.random, this.weather);
    const consumer = new StreamConsumer(
      {
        ...portsOf(process, this),
        clock: process.clock,
        random: this.random.next,
        log: (_, event, fields) => this.seen.note(event, name, this.seen.trace && JSON.stringify(fields)),
      },
      { consumerId: name, ...this.options },
    );
    this.running.push({ process, consumer, stopping: false });
    this.seen.note('start', name);
    void consumer.start().catch((error: unknown) => this.seen.violate('starts', String(error)));
  }

  /** Kills a process. Calls that it has sent still arrive. */
  crash({ process }: Running): void {
    this.seen.note('crash', process.name);
    process.kill();
    this.forget(process);
  }

  stop(running: Running): Promise<void> {
    const { process, consumer } = running;
    running.stopping = true;
    this.seen.note('stop', process.name);
    return consumer.stop().then(() => {
      this.seen.note('stopped', process.name);
      process.kill();
      this.forget(process);
    });
  }

  pause({ process }: Running, ms: number): void {
    this.seen.note(ms > settings.leaseDurationMs ? 'paused_past_lease' : 'paused', process.name);
    if (this.destination.waitedFor(process.name).length > 0) this.seen.note('paused_in_mid_publish', process.name);
    process.pause();
    this.clock.after(ms, () => this.closed || process.resume());
  }

  putSome(count: number): void {
    for (let n = 0; n < count; n += 1) {
      this.stream.put(this.random.pick(this.stream.items)!);
      if (this.random.chance(this.poisonRate)) this.poisonLast();
    }
  }

  /** Share of the records that the destination refuses. */
  poisonRate = 0;

  /** Makes the destination refuse the last record, permanently or only for a while. */
  private poisonLast(): void {
    const record = this.stream.records.at(-1)!;
    this.destination.poison.add(record);
    this.seen.note('poison');
    if (this.random.chance(0.3))
      this.clock.after(this.random.between(500, 6_000), () => this.destination.poison.delete(record));
  }

  private forget(process: SimulatedProcess): void {
    const position = this.running.findIndex((running) => running.process === process);
    if (position >= 0) this.running.splice(position, 1);
  }
}
